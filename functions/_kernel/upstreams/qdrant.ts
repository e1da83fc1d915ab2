import { QdrantClient } from '@qdrant/js-client-rest';
import type { UpstreamFault } from '../failure.ts';
import { UNTRACED, type Trace } from '../telemetry/trace.ts';
import { brokenCall, refused } from './broken.ts';

/** The typed operations of Qdrant's own client, each `(parameters, init) => Promise<{data: {result}}>`. */
export type QdrantApi = ReturnType<QdrantClient['api']>;
export type QdrantDependency = 'qdrant_search' | 'qdrant_write';

/**
 * One request to Qdrant: `ask` picks the operation and hands `init` on, so that its signal and trace headers reach the wire.
 *
 * Resolves with the answer's `result`. Rejects with `UpstreamFault`; a 4xx keeps its status for the caller to interpret.
 */
export type Qdrant = <T>(
  dependency: QdrantDependency,
  signal: AbortSignal,
  ask: (api: QdrantApi, init: RequestInit) => Promise<{ data: { result?: T } }>,
) => Promise<T>;

/** The client throws `ApiError` for an error status and its own class, without headers, for 429 and odd statuses. */
function faultOf(error: unknown, dependency: QdrantDependency, signal: AbortSignal): UpstreamFault {
  if (typeof error === 'object' && error !== null) {
    if ('retry_after' in error)
      return refused(dependency, 429, new Headers({ 'retry-after': String(error.retry_after) }), Date.now(), error);
    if ('status' in error && typeof error.status === 'number') {
      return refused(
        dependency,
        error.status,
        'headers' in error && error.headers instanceof Headers ? error.headers : null,
        Date.now(),
        error,
      );
    }
  }
  return brokenCall(dependency, signal, error);
}

// A client holds a pool of connections on Node and nothing but its settings in a Worker: one for each address serves every request.
const apis = new Map<string, QdrantApi>();

function apiOf(url: URL, apiKey: string | null): QdrantApi {
  const key = `${url.href} ${apiKey ?? ''}`;
  const known = apis.get(key);
  if (known !== undefined) return known;
  const client = new QdrantClient({
    url: url.origin,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    prefix: url.pathname === '/' ? '' : url.pathname.replace(/\/$/, ''),
    // The key goes as a plain header: the option would print a warning for every client over http.
    headers: apiKey === null ? {} : { 'api-key': apiKey },
    checkCompatibility: false,
    // Deadlines are the caller's, by signal; the client's own timer would replace that signal.
    timeout: Number.POSITIVE_INFINITY,
  });
  const api = client.api();
  apis.set(key, api);
  return api;
}

/**
 * Opens a client for Qdrant's REST API (v1.19) at `url`; a path in the URL is kept as prefix.
 *
 * Holds no socket of its own in a Worker; on Node connections are pooled by address, and outlive the invocation.
 * @param headers sent with every request: the request id. @param trace has a span for each; default none.
 */
export function createQdrant(options: {
  url: string;
  apiKey: string | null;
  headers: Record<string, string>;
  trace?: Pick<Trace, 'begin'>;
}): Qdrant {
  const url = new URL(options.url);
  const api = apiOf(url, options.apiKey);
  const trace = options.trace ?? UNTRACED;
  return async function qdrant(dependency, signal, ask) {
    const span = trace.begin(dependency, { 'db.system.name': 'qdrant', 'server.address': url.hostname });
    try {
      const { data } = await ask(api, { signal, headers: { ...options.headers, ...span.headers } });
      span.end({ failed: false });
      return data.result as NonNullable<typeof data.result>;
    } catch (error) {
      const fault = faultOf(error, dependency, signal);
      span.end({ failed: true, attributes: { 'error.type': fault.fault.kind } });
      throw fault;
    }
  };
}
