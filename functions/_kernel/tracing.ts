import type { Env } from './env.ts';
import type { Ended } from './http/app.ts';
import { handOn, openTrace, type Trace, type TraceContext } from './telemetry/trace.ts';

function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const headersOf = (pairs: string | null): Record<string, string> =>
  Object.fromEntries(
    (pairs ?? '')
      .split(',')
      .filter(Boolean)
      .map((pair) => [pair.slice(0, pair.indexOf('=')), decodeURIComponent(pair.slice(pair.indexOf('=') + 1))]),
  );

/**
 * The trace of an invocation, and what sends it once the request has ended.
 *
 * Without a collector a client's trace context is handed on as it came, and nothing else of tracing is loaded. A collector that does
 * not take the spans costs nothing but the spans.
 * @param onLost is told what kept them from it.
 */
export function tracing(
  env: Env,
  context: TraceContext,
  onLost: (error: unknown) => void,
): { trace: Trace; exported(ended: Ended): Promise<void> } {
  const url = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (url === null) return { trace: handOn(context), exported: async () => {} };
  const trace = openTrace(context, randomHex, Date.now);
  return {
    trace,
    async exported({ function: fn, route, method, status, startedAt }) {
      const attributes = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status };
      const spans = trace.finish({ name: `${method} ${route}`, startedAt, failed: status >= 500, attributes });
      try {
        const { exportSpans } = await import('./telemetry/otlp.ts');
        await exportSpans(
          { url, headers: headersOf(env.OTEL_EXPORTER_OTLP_HEADERS), fetch: (input, init) => fetch(input, init) },
          `rag-${fn}`,
          spans,
        );
      } catch (error) {
        onLost(error);
      }
    },
  };
}
