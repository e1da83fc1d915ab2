import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startEmulator, type Emulator } from '../../local/emulator.ts';
import { ensureEnv, readSettings } from '../../local/settings.ts';

// A client's trace, from the gateway through a function to every call it makes, as a collector gets it.

type Attribute = { key: string; value: Record<string, unknown> };
type Span = { traceId: string; spanId: string; parentSpanId?: string; name: string; kind: number; attributes: Attribute[] };
type Export = { resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[] };

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

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

  const ask = async (path: string, body: object, traceparent?: string) => {
    const init = { apikey: apiKey, 'content-type': 'application/json', ...(traceparent !== undefined && { traceparent }) };
    const response = await fetch(`${emulator.url}/api/v1/rag${path}`, { method: 'POST', headers: init, body: JSON.stringify(body) });
    const text = await response.text();
    expect(response.status, text).toBe(200);
  };
  const exported = () => bodies.map((body) => JSON.parse(body) as Export);
  const spansOf = (one: Export) => one.resourceSpans[0]!.scopeSpans[0]!.spans;

  test('a question is one trace: the request below the client’s span, every call below the request', async () => {
    await ask('/ingest?wait=10000', { documents: [{ id: 'a', text: 'The lighthouse keeper counts forty ships a day.' }] });
    await ask('/query', { question: 'How many ships does the lighthouse keeper count?' }, `00-${TRACE}-${PARENT}-01`);
    const found = await vi.waitFor(
      () => exported().find((one) => spansOf(one)[0]!.traceId === TRACE) ?? expect.unreachable('not exported'),
    );
    const [request, ...calls] = spansOf(found);
    expect(found.resourceSpans[0]!.resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'rag-query' } });
    expect(request).toMatchObject({ kind: 2, parentSpanId: PARENT, name: 'POST /api/v1/rag/query' });
    const names = calls.map(({ name }) => name);
    for (const name of ['ollama /api/embed', 'qdrant_search', 'ollama /api/chat']) expect(names).toContain(name);
    for (const call of calls) expect(call).toMatchObject({ traceId: TRACE, parentSpanId: request!.spanId, kind: 3 });
    expect(new Set(spansOf(found).map(({ spanId }) => spanId)).size).toBe(calls.length + 1);
  });

  test('the collector gets its own headers, and no word of a question, a document or a tenant', () => {
    expect(headers.every((one) => one['x-collector-key'] === 'secret one')).toBe(true);
    for (const word of ['lighthouse', 'ships', 'developer', apiKey]) expect(bodies.join('\n')).not.toContain(word);
  });
});
