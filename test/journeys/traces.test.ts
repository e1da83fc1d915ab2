import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startEmulator, type Emulator } from '../../local/emulator.ts';
import { ensureEnv, readSettings } from '../../local/settings.ts';

// A client's trace, from the gateway through a function to every call it makes, as a collector gets it; and what a scraper is told.

type Attribute = { key: string; value: Record<string, unknown> };
type Span = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  name: string;
  kind: number;
  attributes: Attribute[];
};
type Export = { resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[] };

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const METRICS_TOKEN = 'metrics-token-of-the-tests-0123456789';
const STATE = 'vendor=t61rcWkgMzE';

describe.each(['workerd', 'node'] as const)('on %s', (runtime) => {
  const folder = mkdtempSync(join(tmpdir(), 'traces-'));
  const bodies: string[] = [];
  const headers: Record<string, string | string[] | undefined>[] = [];
  let collector: Server;
  let emulator: Emulator;
  let apiKey = '';

  beforeAll(async () => {
    collector = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        bodies.push(body);
        headers.push(request.headers);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    ensureEnv(join(folder, '.env'));
    const settings = readSettings(join(folder, '.env'), {
      PORT: '0',
      // Patience for a machine that is busy with other suites.
      REDIS_TIMEOUT_MS: '5000',
      METRICS_TOKEN,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=secret%20one',
    });
    apiKey = settings.apiKey;
    emulator = await startEmulator({ settings, dataDir: null, log: () => {}, runtime });
  });
  afterAll(async () => {
    await emulator.close();
    collector.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (path: string, body: object, trace?: string, base = '/api/v1/rag') => {
    const context = trace === undefined ? {} : { traceparent: `00-${trace}-${PARENT}-01`, tracestate: STATE };
    const init = { apikey: apiKey, 'content-type': 'application/json', ...context };
    const response = await fetch(`${emulator.url}${base}${path}`, { method: 'POST', headers: init, body: JSON.stringify(body) });
    const text = await response.text();
    expect(response.status, text).toBe(200);
  };
  const exported = () => bodies.map((body) => JSON.parse(body) as Export);
  const spansOf = (one: Export) => one.resourceSpans[0]!.scopeSpans[0]!.spans;
  const exportOf = async (trace: string, service: string): Promise<Export> => {
    const name = { key: 'service.name', value: { stringValue: service } };
    const ofService = (one: Export) => JSON.stringify(one.resourceSpans[0]!.resource.attributes).includes(JSON.stringify(name));
    return vi.waitFor(
      () => exported().find((one) => spansOf(one)[0]!.traceId === trace && ofService(one)) ?? expect.unreachable('not exported'),
    );
  };

  test('a question is one trace: the request below the client’s span, every call below the request', async () => {
    await ask('/ingest?wait=10000', { documents: [{ id: 'a', text: 'The lighthouse keeper counts forty ships a day.' }] });
    await ask('/query', { question: 'How many ships does the lighthouse keeper count?' }, TRACE);
    const found = await exportOf(TRACE, 'rag-query');
    const [request, ...calls] = spansOf(found);
    expect(found.resourceSpans[0]!.resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'rag-query' } });
    expect(request).toMatchObject({ kind: 2, parentSpanId: PARENT, name: 'POST /api/v1/rag/query' });
    const names = calls.map(({ name }) => name);
    for (const name of ['ollama /api/embed', 'qdrant_search', 'ollama /api/chat', 'redis PIPELINE']) expect(names).toContain(name);
    for (const call of calls) expect(call).toMatchObject({ traceId: TRACE, traceState: STATE, parentSpanId: request!.spanId, kind: 3 });
    expect(new Set(spansOf(found).map(({ spanId }) => spanId)).size).toBe(calls.length + 1);
  });

  test('a chat is one trace over two functions: the one that answers stands below the call of the one that asks', async () => {
    const trace = TRACE.replace(/^0a/, '0b');
    const body = { model: 'default', messages: [{ role: 'user', content: 'How many ships does the lighthouse keeper count?' }] };
    await ask('/v1/chat/completions', body, trace, '');
    const [asking, call] = spansOf(await exportOf(trace, 'rag-chat'));
    const [answering] = spansOf(await exportOf(trace, 'rag-query'));
    expect(asking).toMatchObject({ parentSpanId: PARENT, traceState: STATE });
    expect(call).toMatchObject({ name: 'function query', parentSpanId: asking!.spanId, kind: 3 });
    expect(answering).toMatchObject({ parentSpanId: call!.spanId, traceState: STATE });
  });

  test('what every function measured is told by the one that is scraped, of those too that only ask others', async () => {
    const authorization = `Bearer ${METRICS_TOKEN}`;
    const scrape = async () =>
      (await fetch(`${emulator.functions['status']}/api/v1/rag/status/metrics`, { headers: { authorization } })).text();
    await vi.waitFor(async () => {
      const text = await scrape();
      for (const fn of ['ingest', 'query', 'chat']) expect(text).toMatch(new RegExp(`rag_http_requests_total{function="${fn}",.*} [1-9]`));
    });
  });

  test('the collector gets its own headers, and no word of a question, a document or a tenant', () => {
    expect(headers.every((one) => one['x-collector-key'] === 'secret one')).toBe(true);
    for (const word of ['lighthouse', 'ships', 'developer', apiKey]) expect(bodies.join('\n')).not.toContain(word);
  });
});
