import type { Attributes, FinishedSpan } from './trace.ts';

/** Where spans go: a collector's base URL, to which `/v1/traces` is added, and the headers that it asks for. */
export type Collector = { url: string; headers: Record<string, string>; fetch: typeof fetch };

const KIND = { server: 2, client: 3 } as const;
const STATUS_ERROR = 2;

function valueOf(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

const attributesOf = (attributes: Attributes) => Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));

/** Nanoseconds as text: JSON's numbers have not that many digits. */
const nanoseconds = (ms: number): string => `${Math.floor(ms)}${String(Math.floor((ms % 1) * 1e6)).padStart(6, '0')}`;

/**
 * Sends spans to a collector in one request; nothing is retried, because a trace is not worth a second one.
 *
 * @param service the name they are shown under. @throws Error when the collector refuses them or cannot be reached within five seconds.
 * Source: OpenTelemetry protocol 1.x, OTLP/HTTP in its JSON encoding.
 */
export async function exportSpans(collector: Collector, service: string, spans: readonly FinishedSpan[]): Promise<void> {
  if (spans.length === 0) return;
  const encoded = spans.map(({ traceId, spanId, parentId, state, name, kind, startedAt, endedAt, attributes, failed }) => ({
    traceId,
    spanId,
    ...(parentId !== null && { parentSpanId: parentId }),
    ...(state !== null && { traceState: state }),
    name,
    kind: KIND[kind],
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(endedAt),
    attributes: attributesOf(attributes),
    status: failed ? { code: STATUS_ERROR } : {},
  }));
  const resource = { attributes: attributesOf({ 'service.name': service, 'service.namespace': 'rag' }) };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'rag-service' }, spans: encoded }] }] });
  const response = await collector.fetch(`${collector.url.replace(/\/$/, '')}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...collector.headers },
    body,
    signal: AbortSignal.timeout(5_000),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the collector answered ${response.status}`);
}
