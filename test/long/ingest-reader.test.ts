import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type Server } from '../../compose/server.ts';
import { startOllama } from '../../local/ollama/ollama.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { startRedis } from '../../local/redis/redis.ts';

// A reader that searches all the time sees, at every moment of 50 updates and a reindexing, one whole version of the document.

const TOKEN = 'service-token-of-the-reader-test-012345678';
const PARAGRAPHS = 6;
const UPDATES = 50;
const opened: { close(): unknown }[] = [];
let server: Server;

const ask = async (path: string, json?: unknown) => {
  const headers = {
    'x-service-token': TOKEN,
    'x-consumer-custom-id': 'reader',
    'x-consumer-groups': 'reader,writer,admin',
    'content-type': 'application/json',
  };
  const response = await fetch(`${server.url}/api/v1/rag${path}`, {
    headers,
    ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: JSON.parse(text) as { state: string; jobId: string; hits: { documentId: string; text: string }[] },
  };
};

const SUBJECTS = ['harbour', 'orchard', 'railway', 'glacier', 'library', 'market'];
const version = (n: number) =>
  SUBJECTS.map(
    (subject) =>
      `Version ${n} of the lantern report tells of the ${subject}. ${`The ${subject} keeper of edition ${n} writes at length. `.repeat(14)}`,
  ).join('\n\n');

beforeAll(async () => {
  const [redis, qdrant, ollama] = await Promise.all([startRedis({}), startQdrant({ dataDir: null }), startOllama({})]);
  server = await startServer({
    env: {
      SERVICE_TOKEN: TOKEN,
      QDRANT_URL: qdrant.url,
      OLLAMA_URL: ollama.url,
      OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
      OLLAMA_GENERATION_MODEL: 'emulated-extract',
      REDIS_URL: redis.url,
      REDIS_TIMEOUT_MS: '1000',
    },
    port: 0,
    host: '127.0.0.1',
  });
  opened.push(redis, qdrant, ollama, server);
});
afterAll(async () => {
  for (const one of opened.toReversed()) await one.close();
});

it('no error, no mixed version, no gap', async () => {
  const others = Array.from({ length: 20 }, (_, i) => ({ id: `other-${i}`, text: `An unrelated note number ${i} about bread and salt.` }));
  expect((await ask('/ingest?wait=10000', { documents: [{ id: 'report', text: version(0) }, ...others] })).status).toBe(200);
  let stop = false;
  let searches = 0;
  const seen = new Set<string>();
  const reader = async () => {
    while (!stop) {
      const answer = await ask('/search', { query: 'version of the lantern report keeper edition', limit: 50 });
      expect(answer.status, answer.text).toBe(200);
      const texts = answer.body.hits.filter((hit) => hit.documentId === 'report').map((hit) => hit.text);
      const versions = new Set(texts.map((text) => /^Version (\d+)/.exec(text)?.[1]));
      expect([...versions], 'one version').toHaveLength(1);
      expect(texts, `search ${searches}`).toHaveLength(PARAGRAPHS);
      seen.add([...versions][0]!);
      searches++;
    }
  };
  const writer = async () => {
    try {
      for (let n = 1; n <= UPDATES; n++) {
        const answer = await ask('/ingest?wait=10000', { documents: [{ id: 'report', text: version(n) }] });
        expect(answer.body, answer.text).toMatchObject({ state: 'succeeded' });
        if (n !== UPDATES / 2) continue;
        const { body, status, text } = await ask('/collections/default/reindex', {});
        expect(status, text).toBe(202);
        for (let state = body.state; state !== 'succeeded';) {
          state = (await ask(`/ingest/jobs/${body.jobId}`)).body.state;
          expect(['queued', 'running', 'succeeded']).toContain(state);
        }
      }
    } finally {
      stop = true;
    }
  };
  await Promise.all([writer(), reader(), reader()]);
  console.log(`${searches} searches during ${UPDATES} updates and a reindexing saw ${seen.size} versions, each whole`);
  expect(searches).toBeGreaterThan(UPDATES);
});
