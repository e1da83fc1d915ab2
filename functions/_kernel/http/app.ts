import { Hono, type Context } from 'hono';
import { EnvError } from '../env.ts';
import { Failure } from '../failure.ts';
import { beginRequest, endRequest } from '../telemetry/meter.ts';
import type { TraceContext } from '../telemetry/trace.ts';
import { measureRequest } from './measure.ts';
import type { Identity } from './identity.ts';
import { describe, log, type LogLine } from './log.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './refusal.ts';

/** What Hono carries for a request; nothing of it is known outside `worker.ts` and this folder. */
export type App = {
  Bindings: object;
  Variables: {
    requestId: string;
    identity: Identity;
    /** Added to the request's log line. */
    noted: LogLine;
    /** Work that must finish before the request counts as ended: a streamed body, for one. */
    held: Promise<unknown>[];
    /** Work that may outlive the answer; connections stay open for it. */
    deferred: Promise<unknown>[];
    /** Run once the request and its deferred work have ended, whatever came of them. */
    atEnd: ((ended: Ended) => Promise<void>)[];
  };
};

/** A request that was answered; `startedAt` is epoch milliseconds, `route` the pattern and not the path. */
export type Ended = { function: string; route: string; method: string; status: number; startedAt: number; ms: number };

/** What an operation needs to know of the request that caused it, free of Hono. */
export type Invocation = {
  requestId: string;
  /** The trace that the request belongs to, as its headers have it. */
  context: TraceContext;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
  /** Work that may outlive the answer (`waitUntil`). */
  defer(work: Promise<unknown>): void;
  atEnd(work: (ended: Ended) => Promise<void>): void;
};

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

function defer(c: Context<App>, work: Promise<unknown>): void {
  const safe = work.catch((error: unknown) =>
    log({ level: 'error', requestId: c.get('requestId'), in: 'deferred work', ...describe(error) }),
  );
  // A plain `app.request()` has no execution context; the process itself then keeps the work alive.
  const context = (() => {
    try {
      return c.executionCtx;
    } catch {
      return null;
    }
  })();
  context?.waitUntil(safe);
}

/** The request as an operation sees it: ids, trace, the client's departure and deferred work. */
export function invocation(c: Context<App>): Invocation {
  return {
    requestId: c.get('requestId'),
    context: { traceparent: c.req.header('traceparent') ?? null, tracestate: c.req.header('tracestate') ?? null },
    signal: c.req.raw.signal,
    defer(work) {
      c.get('deferred').push(work);
      defer(c, work);
    },
    atEnd: (work) => c.get('atEnd').push(work),
  };
}

/** How a problem is told where another protocol than the service's own is spoken. */
export type Telling = (problem: Problem) => unknown;

function refuse(c: Context<App>, error: unknown, tell: Telling | undefined): Response {
  const { body, headers } = problemOf(error, c.get('requestId'));
  if (tell === undefined) return new Response(JSON.stringify(body), { status: body.status, headers });
  return new Response(JSON.stringify(tell(body)), { status: body.status, headers: { ...headers, 'Content-Type': 'application/json' } });
}

/** The methods that would have been answered at this path; empty when the path is unknown. */
function methodsAt(app: Hono<App>, path: string): string[] {
  const methods = new Set(app.routes.map((route) => route.method).filter((method) => method !== 'ALL'));
  return [...methods].filter((method) => app.router.match(method, path)[0].some(([[, route]]) => route.method === method));
}

/**
 * A function's Hono application, with what every function shares: the request id (a client's value is kept only
 * when it is harmless), RFC 9457 problems for every failure, 405 with `Allow`, and one log line per request.
 *
 * @param name the function's name in the log. @param base where its paths begin, by default `/api/v1/rag`. @param tell the body of a
 * refusal, where it is not to be the problem itself.
 */
export function createFunction(name: string, { base = '/api/v1/rag', tell }: { base?: string; tell?: Telling } = {}): Hono<App> {
  const every = new Hono<App>();
  // At every path, the base or not: what is refused for its path is answered, counted and logged like the rest.
  every.use('*', async function requestLine(c, next) {
    const started = performance.now();
    const startedAt = Date.now();
    beginRequest();
    const given = c.req.header('x-request-id') ?? '';
    const requestId = REQUEST_ID.test(given) ? given : crypto.randomUUID();
    c.set('requestId', requestId);
    c.set('noted', {});
    c.set('held', []);
    c.set('deferred', []);
    c.set('atEnd', []);
    await next();
    c.res.headers.set('X-Request-ID', requestId);
    const status = c.res.status;
    const route = c.req.routePath;
    const end = async () => {
      await Promise.allSettled(c.get('held'));
      const ms = Math.round((performance.now() - started) * 10) / 10;
      const ended: Ended = { function: name, route, method: c.req.method, status, startedAt, ms };
      measureRequest(ended, c.get('noted'));
      log({
        level: status >= 500 ? 'error' : 'info',
        fn: name,
        method: c.req.method,
        route,
        status,
        ms,
        requestId,
        tenant: c.get('identity')?.tenant,
        ...c.get('noted'),
      });
      // Deferred work may defer more: a job that goes on, a report of its last call.
      for (let work = c.get('deferred').splice(0); work.length > 0; work = c.get('deferred').splice(0)) await Promise.allSettled(work);
      await Promise.allSettled(c.get('atEnd').map((work) => work(ended)));
      endRequest();
    };
    defer(c, end());
  });
  every.notFound((c) => {
    const allow = methodsAt(every, c.req.path);
    return refuse(c, new Failure(allow.length === 0 ? { code: 'route_not_found' } : { code: 'method_not_allowed', allow }), tell);
  });
  every.onError((error, c) => {
    if (error instanceof EnvError) log({ level: 'error', fn: name, requestId: c.get('requestId'), error: error.message });
    c.set('noted', { ...c.get('noted'), ...describe(error) });
    return refuse(c, error, tell);
  });
  return every.basePath(base);
}
