import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import ingest from '../../functions/ingest/worker.ts';
import query from '../../functions/query/worker.ts';
import status from '../../functions/status/worker.ts';
import { startOllama } from '../../local/ollama/ollama.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { startRedis } from '../../local/redis/redis.ts';

// A writer whose answer is cut at every byte: the client always gets exactly one end, and never a citation that is not there.

const TEXT = 'The breaker stays open for thirty seconds.';
const lines = [
  ...['The breaker ', 'stays open ', 'for thirty seconds. ', '[1]'].map((content) => ({
    message: { role: 'assistant', content },
    done: false,
  })),
  { message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 4 },
];
const recorded = Buffer.from(
  lines.map((line) => `${JSON.stringify({ model: 'scripted', created_at: '2026-01-01T00:00:00Z', ...line })}\n`).join(''),
);

/** Ollama's embedder as it is, and a writer that sends the first `bytes` of the recorded answer and then breaks the connection. */
function scripted(ollama: string): { server: Server; cutAt(bytes: number): void } {
  let bytes = recorded.length;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url !== '/api/chat') {
        const body = request.method === 'POST' ? { body: Buffer.concat(parts) } : {};
        void fetch(`${ollama}${request.url}`, { method: request.method!, ...body }).then(async (answer) =>
          response.writeHead(answer.status, { 'content-type': 'application/json' }).end(Buffer.from(await answer.arrayBuffer())),
        );
        return;
      }
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      if (bytes === recorded.length) return void response.end(recorded);
      response.write(recorded.subarray(0, bytes), () => response.socket?.destroy());
    });
  });
  return { server, cutAt: (at) => (bytes = at) };
}

describe('a writer cut at every byte', () => {
  const opened: { close(): unknown }[] = [];
  let env: Record<string, string>;
  let writer: ReturnType<typeof scripted>;
  const vouched = { 'content-type': 'application/json', 'x-consumer-custom-id': 'cut', 'x-consumer-groups': 'reader,writer,admin' };
  const ask = async (app: typeof query, path: string, body: unknown) => {
    const headers = { ...vouched, 'x-service-token': env['SERVICE_TOKEN']! };
    const request = new Request(`http://cut.test/api/v1/rag${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return app.fetch(request, env, { waitUntil: () => {}, passThroughOnException: () => {}, props: {} });
  };

  beforeAll(async () => {
    const [redis, qdrant, ollama] = await Promise.all([startRedis({}), startQdrant({ dataDir: null }), startOllama({})]);
    writer = scripted(ollama.url);
    await new Promise<void>((resolve) => void writer.server.listen(0, '127.0.0.1', resolve));
    opened.push(redis, qdrant, ollama, writer.server);
    env = {
      SERVICE_TOKEN: 'a-service-token-of-thirty-two-bytes-or-more',
      QDRANT_URL: qdrant.url,
      OLLAMA_URL: `http://127.0.0.1:${(writer.server.address() as AddressInfo).port}`,
      OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
      OLLAMA_GENERATION_MODEL: 'emulated-extract',
      REDIS_URL: redis.url,
      REDIS_TIMEOUT_MS: '1000',
    };
    const stored = await ask(ingest, '/ingest?wait=5000', { documents: [{ id: 'd', text: TEXT }] });
    expect(stored.status, await stored.text()).toBe(200);
  });
  afterAll(async () => {
    for (const one of opened.toReversed()) await one.close();
  });

  it('ends in exactly one done or error, with citations that are slices of the document', async () => {
    const ends = { done: 0, error: 0 };
    for (let at = 0; at <= recorded.length; at++) {
      writer.cutAt(at);
      const response = await ask(query, '/query', { question: 'How long does the breaker stay open?', stream: true });
      const events: { event: string; data: { quote: string; start: number; end: number; code: string; mode: string } }[] = [];
      const parser = createParser({ onEvent: ({ event, data }) => events.push({ event: event!, data: JSON.parse(data) as never }) });
      parser.feed(await response.text());
      const final = events.filter(({ event }) => event === 'done' || event === 'error');
      expect(final, `cut at ${at}: ${JSON.stringify(events)}`).toHaveLength(1);
      expect(events.at(-1), `cut at ${at}`).toBe(final[0]);
      ends[final[0]!.event as 'done' | 'error']++;
      for (const { data } of events.filter(({ event }) => event === 'citation')) expect(TEXT.slice(data.start, data.end)).toBe(data.quote);
      // The cuts are faults of the writer and would open its breaker: this is about the stream, so it is closed again.
      await (await ask(status, '/status/breakers/ollama_generation', { state: 'closed' })).text();
    }
    // Before the first token the answer is extractive and whole; after it nothing can take its place.
    expect(ends.error, JSON.stringify(ends)).toBeGreaterThan(recorded.length / 2);
    expect(ends.done, JSON.stringify(ends)).toBeGreaterThan(10);
  }, 300_000);
});
