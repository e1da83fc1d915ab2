import { EnvError } from '../env.ts';
import type { Ended, Invocation } from './app.ts';
import { describe, log, type LogLine } from './log.ts';

type Execution = { waitUntil(work: Promise<unknown>): void };

/**
 * Makes a handler of work that no request asks for: a cron trigger at the edge, an interval on Node.
 *
 * It never rejects: what went wrong is a line of the log, and the next round tries again. @param name the function's name in the log.
 */
export function inBackground(
  name: string,
  work: (call: Invocation, env: unknown) => Promise<LogLine>,
): (controller: unknown, env: unknown, execution: Execution) => Promise<void> {
  return async function background(_, env, execution) {
    const started = performance.now();
    const deferred: Promise<unknown>[] = [];
    const atEnd: Parameters<Invocation['atEnd']>[0][] = [];
    const startedAt = Date.now();
    const call: Invocation = {
      requestId: crypto.randomUUID(),
      context: { traceparent: null, tracestate: null },
      signal: new AbortController().signal,
      defer(later) {
        const safe = later.catch((error: unknown) => log({ level: 'error', fn: name, requestId: call.requestId, ...describe(error) }));
        deferred.push(safe);
        execution.waitUntil(safe);
      },
      atEnd: (end) => atEnd.push(end),
    };
    const line = await (async () => work(call, env))().then(
      (did): LogLine => ({ level: 'info', ...did }),
      (error: unknown): LogLine => ({ level: 'error', ...(error instanceof EnvError ? { error: error.message } : describe(error)) }),
    );
    for (let rest = deferred.splice(0); rest.length > 0; rest = deferred.splice(0)) await Promise.allSettled(rest);
    const ms = Math.round(performance.now() - started);
    const ended: Ended = {
      function: name,
      route: 'background',
      method: 'CRON',
      status: line['level'] === 'error' ? 500 : 200,
      startedAt,
      ms,
    };
    await Promise.allSettled(atEnd.map((end) => end(ended)));
    log({ fn: name, in: 'background', requestId: call.requestId, ms, ...line });
  };
}
