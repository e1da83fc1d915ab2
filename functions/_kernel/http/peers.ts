import type { Context } from 'hono';
import { EnvError, readEnv } from '../env.ts';
import { observed } from '../observed.ts';
import { tracedFetch } from '../telemetry/traced-fetch.ts';
import { invocation, type App } from './app.ts';

/** A function that another one may ask. */
export type Peer = 'search' | 'query' | 'ingest' | 'collections';

/** What the gateway vouched for. */
const HANDED_ON = ['x-service-token', 'x-consumer-custom-id', 'x-consumer-username', 'x-consumer-groups'];

/** Where a request for another function is addressed to; nothing resolves the name, for the binding decides who gets it. */
export const PEERS_URL = 'http://functions.internal';

/**
 * A `fetch` that takes an operation of the service to the function that answers it, in the name of this request's caller.
 *
 * It goes by a service binding at the edge and in the same process on Node, past the gateway: roles and tenant are judged again there,
 * rate limits are not. When that caller goes away, so does the request. Paths are the service's own, `/api/v1/rag/<function>…`; another is a 404.
 * Each is a span of this request's trace. To be made once for a request.
 * @throws EnvError at once when one of `names` is not bound.
 */
export function peers(c: Context<App>, names: readonly Peer[]): typeof fetch {
  const env = readEnv(c.env);
  const bound = new Map(names.map((name) => [name as string, env[`${name.toUpperCase() as Uppercase<Peer>}_FUNCTION`]]));
  const missing = names.filter((name) => bound.get(name) === null);
  if (missing.length > 0) {
    const bindings = missing.map((name) => `${name.toUpperCase()}_FUNCTION`);
    throw new EnvError(`the service bindings ${bindings.join(', ')} are missing: this function asks ${missing.join(', ')}`);
  }
  const { trace } = observed(env, invocation(c));
  return async (input, init) => {
    const signal = init?.signal ?? null;
    const gone = c.req.raw.signal;
    const request = new Request(input, { ...init, signal: signal === null ? gone : AbortSignal.any([signal, gone]) });
    const name = new URL(request.url).pathname.split('/')[4] ?? '';
    const peer = bound.get(name) ?? null;
    if (peer === null) return new Response(null, { status: 404 });
    for (const header of HANDED_ON) {
      const value = c.req.header(header);
      if (value !== undefined) request.headers.set(header, value);
    }
    request.headers.set('x-request-id', c.get('requestId'));
    const ask = tracedFetch(
      async (...asked) => peer.fetch(...asked),
      trace,
      () => ({ name: `function ${name}`, attributes: {} }),
    );
    return ask(request);
  };
}
