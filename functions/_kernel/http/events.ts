import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { Failure } from '../failure.ts';
import type { App } from './app.ts';
import { describe } from './log.ts';
import { problem } from './problem.ts';

/** One server-sent event: its name and its data as JSON (WHATWG HTML, section 9.2). */
export type ServerEvent = { event: string; data: unknown };

/**
 * Answers with server-sent events and ends with exactly one `done` or `error`, whatever happens in between.
 *
 * A comment is sent whenever nothing was for `heartbeatMs` (asked anew each time, so that it may change with the answer's
 * progress): proxies keep the connection, and a client that left is noticed. When it leaves, `produce`'s signal aborts.
 * @param produce sends events as they come and returns the data of `done`; what it throws becomes `error`, as a problem.
 */
export function eventStream(
  c: Context<App>,
  heartbeatMs: () => number,
  produce: (send: (event: ServerEvent) => Promise<void>, signal: AbortSignal) => Promise<unknown>,
): Response {
  const left = new AbortController();
  const finished = Promise.withResolvers<void>();
  c.get('held').push(finished.promise);
  const response = streamSSE(c, async (stream) => {
    let lastWrite = performance.now();
    const send = async ({ event, data }: ServerEvent) => {
      lastWrite = performance.now();
      await stream.writeSSE({ event, data: JSON.stringify(data) });
    };
    stream.onAbort(() => left.abort(new DOMException('the client went away', 'AbortError')));
    const heartbeat = setInterval(() => {
      if (performance.now() - lastWrite < heartbeatMs()) return;
      lastWrite = performance.now();
      void stream.write(': heartbeat\n\n');
    }, 250);
    try {
      await send({ event: 'done', data: await produce(send, left.signal) });
    } catch (error) {
      c.set('noted', { ...c.get('noted'), ...(left.signal.aborted ? { reason: 'client_left' } : describe(error)) });
      const reason = error instanceof Failure ? error.reason : ({ code: 'internal' } as const);
      if (!left.signal.aborted) await send({ event: 'error', data: problem(reason, c.get('requestId')).body });
    } finally {
      clearInterval(heartbeat);
      finished.resolve();
    }
  });
  response.headers.set('Content-Type', 'text/event-stream; charset=utf-8');
  response.headers.set('Cache-Control', 'no-cache, no-transform');
  // nginx and Kong buffer a response unless told not to.
  response.headers.set('X-Accel-Buffering', 'no');
  return response;
}
