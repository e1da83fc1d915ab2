import type { Context } from 'hono';
import { streamSSE, type SSEMessage } from 'hono/streaming';
import type { App } from './app.ts';
import { describe } from './log.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './refusal.ts';

/** One server-sent event: its name and its data as JSON (WHATWG HTML, section 9.2). */
export type ServerEvent = { event: string; data: unknown };

/** How a stream says what it has to say. */
export type Wording = {
  event(event: ServerEvent): SSEMessage;
  done(data: unknown): SSEMessage;
  failed(problem: Problem): SSEMessage;
};

/** The service's own events; the last one is `done` or `error`. */
const NAMED: Wording = {
  event: ({ event, data }) => ({ event, data: JSON.stringify(data) }),
  done: (data) => ({ event: 'done', data: JSON.stringify(data) }),
  failed: (body) => ({ event: 'error', data: JSON.stringify(body) }),
};

/**
 * Answers with server-sent events and ends with exactly one `done` or `error`, whatever happens in between.
 *
 * A comment is sent whenever nothing was for `heartbeatMs` (asked anew each time, so that it may change with the answer's
 * progress): proxies keep the connection, and a client that left is noticed. When it leaves, `produce`'s signal aborts.
 * @param produce sends events as they come and returns the data of `done`; what it throws becomes `error`, as a problem.
 * @param wording other words for the same, where another protocol is spoken.
 */
export function eventStream(
  c: Context<App>,
  heartbeatMs: () => number,
  produce: (send: (event: ServerEvent) => Promise<void>, signal: AbortSignal) => Promise<unknown>,
  wording: Wording = NAMED,
): Response {
  const left = new AbortController();
  const finished = Promise.withResolvers<void>();
  c.get('held').push(finished.promise);
  const response = streamSSE(c, async (stream) => {
    let lastWrite = performance.now();
    const write = async (message: SSEMessage) => {
      lastWrite = performance.now();
      await stream.writeSSE(message);
    };
    const send = async (event: ServerEvent) => write(wording.event(event));
    stream.onAbort(() => left.abort(new DOMException('the client went away', 'AbortError')));
    const heartbeat = setInterval(() => {
      if (performance.now() - lastWrite < heartbeatMs()) return;
      lastWrite = performance.now();
      void stream.write(': heartbeat\n\n');
    }, 250);
    try {
      await write(wording.done(await produce(send, left.signal)));
    } catch (error) {
      c.set('noted', { ...c.get('noted'), ...(left.signal.aborted ? { reason: 'client_left' } : describe(error)) });
      if (!left.signal.aborted) await write(wording.failed(problemOf(error, c.get('requestId')).body));
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
