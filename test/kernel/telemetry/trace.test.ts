import { describe, expect, test } from 'vitest';
import { exportSpans } from '../../../functions/_kernel/telemetry/otlp.ts';
import { handOn, openTrace } from '../../../functions/_kernel/telemetry/trace.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = PARENT.replace(/01$/, '00');
const STATE = 'vendor=t61rcWkgMzE,other@sys=00f067aa0ba902b7';
const context = (traceparent: string | null, tracestate: string | null = null) => ({ traceparent, tracestate });

/** Ids that count up, and a clock that a test moves. */
function deterministic() {
  let ids = 0;
  let time = 1_000;
  const random = (bytes: number) => (++ids).toString(16).padStart(bytes * 2, '0');
  return { random, now: () => time, wait: (ms: number) => void (time += ms) };
}
const request = { name: 'POST /query', startedAt: 1_000, failed: false, attributes: { 'http.response.status_code': 200 } };

describe('a trace', () => {
  test('continues the client’s: same trace id, its span as parent, a span id of its own for each call', () => {
    const { random, now, wait } = deterministic();
    const trace = openTrace(context(PARENT), random, now);
    const call = trace.begin('qdrant', { 'db.system.name': 'qdrant' });
    expect(call.headers['traceparent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(call.headers['traceparent']).not.toContain('b7ad6b7169203331');
    wait(25);
    call.end({ failed: true, attributes: { 'error.type': 'timeout' } });
    const [server, client] = trace.finish(request);
    expect(server).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331', kind: 'server' });
    expect(client).toMatchObject({ parentId: server!.spanId, kind: 'client', startedAt: 1_000, endedAt: 1_025, failed: true });
    expect(client!.attributes).toEqual({ 'db.system.name': 'qdrant', 'error.type': 'timeout' });
  });

  test('begins one where there is none or a malformed one', () => {
    for (const header of [
      null,
      '',
      'nonsense',
      `ff${PARENT.slice(2)}`,
      PARENT.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    ]) {
      const { random, now } = deterministic();
      const [server] = openTrace(context(header), random, now).finish(request);
      expect(server).toMatchObject({ parentId: null, traceId: '1'.padStart(32, '0') });
    }
  });

  test('of a client that samples nothing goes on unsampled, and nothing of it is collected', () => {
    const { random, now } = deterministic();
    const trace = openTrace(context(UNSAMPLED), random, now);
    const call = trace.begin('ollama', {});
    call.end({ failed: false });
    expect(call.headers['traceparent']).toMatch(/-00$/);
    expect(trace.finish(request)).toEqual([]);
  });

  test('is handed on unchanged where no spans are exported; a malformed one is not', () => {
    expect(handOn(context(PARENT)).begin('qdrant', {}).headers).toEqual({ traceparent: PARENT });
    expect(handOn(context('nonsense')).begin('qdrant', {}).headers).toEqual({});
    expect(handOn(context(PARENT)).finish(request)).toEqual([]);
  });
});

describe('what other systems keep with a trace (tracestate)', () => {
  const carried = (traceparent: string | null, tracestate: string) => {
    const { random, now } = deterministic();
    return [handOn(context(traceparent, tracestate)), openTrace(context(traceparent, tracestate), random, now)].map(
      (trace) => trace.begin('qdrant', {}).headers['tracestate'],
    );
  };

  test('goes on with the trace, whether spans are collected or not, and is told to the collector', async () => {
    expect(carried(PARENT, STATE)).toEqual([STATE, STATE]);
    const { random, now } = deterministic();
    const trace = openTrace(context(PARENT, STATE), random, now);
    trace.begin('qdrant', {}).end({ failed: false });
    expect(trace.finish(request).map(({ state }) => state)).toEqual([STATE, STATE]);
  });

  test('goes nowhere without its trace, and a dependency’s headers are not filled with it', () => {
    for (const orphan of [null, 'nonsense']) expect(carried(orphan, STATE)).toEqual([undefined, undefined]);
    expect(carried(PARENT, '')).toEqual([undefined, undefined]);
    expect(carried(PARENT, `vendor=${'x'.repeat(505)}`)).toEqual([`vendor=${'x'.repeat(505)}`, `vendor=${'x'.repeat(505)}`]);
    expect(carried(PARENT, `vendor=${'x'.repeat(506)}`)).toEqual([undefined, undefined]);
  });
});

describe('an export', () => {
  test('is one OTLP/HTTP request in JSON: ids, kinds, nanoseconds as text, attributes by type, errors by status', async () => {
    const { random, now, wait } = deterministic();
    const trace = openTrace(context(PARENT, STATE), random, now);
    const call = trace.begin('qdrant', { 'server.port': 6333, cold: true });
    wait(1.5);
    call.end({ failed: true });
    const sent: Request[] = [];
    const collector = {
      url: 'http://collector:4318/',
      headers: { 'x-key': 'k' },
      fetch: async (url: string | URL | Request, init?: RequestInit) => {
        sent.push(new Request(url, init));
        return new Response('{}');
      },
    };
    await exportSpans(collector, 'rag-query', trace.finish(request));
    expect(sent.map(({ url }) => url)).toEqual(['http://collector:4318/v1/traces']);
    expect(Object.fromEntries(sent[0]!.headers)).toMatchObject({ 'content-type': 'application/json', 'x-key': 'k' });
    // oxlint-disable-next-line typescript/no-explicit-any -- JSON that the test looks into freely
    const { resourceSpans } = (await sent[0]!.json()) as { resourceSpans: any[] };
    expect(resourceSpans[0].resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'rag-query' } });
    const [server, client] = resourceSpans[0].scopeSpans[0].spans;
    expect(server).toMatchObject({ kind: 2, parentSpanId: 'b7ad6b7169203331', startTimeUnixNano: '1000000000', status: {} });
    expect(client).toMatchObject({ kind: 3, traceState: STATE, endTimeUnixNano: '1001500000', status: { code: 2 } });
    expect(client.attributes).toEqual([
      { key: 'server.port', value: { intValue: '6333' } },
      { key: 'cold', value: { boolValue: true } },
    ]);
  });

  test('says what a collector answered that refused it, and asks none for nothing', async () => {
    const refusing = { url: 'http://collector', headers: {}, fetch: async () => new Response('', { status: 401 }) };
    const { random, now } = deterministic();
    await expect(exportSpans(refusing, 'rag', openTrace(context(null), random, now).finish(request))).rejects.toThrow('answered 401');
    await expect(exportSpans(refusing, 'rag', [])).resolves.toBeUndefined();
  });
});
