import { afterEach, expect, test, vi } from 'vitest';
import collections from '../../functions/collections/worker.ts';
import ingest from '../../functions/ingest/worker.ts';
import query from '../../functions/query/worker.ts';
import search from '../../functions/search/worker.ts';
import { call, deferred, send } from './call.ts';
import { readEvents } from './events.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const written = vi.spyOn(console, 'log');
afterEach(async () => {
  written.mockClear();
  await world.mend();
});
const lines = () => written.mock.calls.map(([line]) => String(line));
const requestLines = () =>
  lines()
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ fn }) => fn !== undefined);

test('one line of JSON a request: what was asked of what, by whom, how it ended and how long it took', async () => {
  const answer = await call(collections, world.env, { path: '/collections/nothing', headers: { 'x-request-id': 'req-1' } });
  expect(answer.status).toBe(404);
  expect(requestLines()).toEqual([
    expect.objectContaining({
      fn: 'collections',
      method: 'GET',
      route: '/api/v1/rag/collections/:name',
      status: 404,
      requestId: 'req-1',
      tenant: 'ann',
      reason: 'collection_not_found',
      ms: expect.any(Number),
    }),
  ]);
});

test('no line holds a question, a document, a credential or the words of an upstream, however it ends', async () => {
  const secret = 'Zanzibar';
  const text = `The ${secret} treaty was signed in the ${secret} palace.`;
  const documents = [{ id: `${secret}.md`, title: secret, text, metadata: { place: secret } }];
  const json = { question: `Where was the ${secret} treaty signed?` };
  await call(ingest, world.env, { path: '/ingest?wait=5000', json: { documents } });
  await call(ingest, world.env, {
    path: '/ingest',
    body: `{"documents": [{"text": "${secret}"`,
    headers: { 'content-type': 'application/json' },
  });
  await call(ingest, world.env, { path: '/ingest', json: { documents: [{ text: `${secret}\u0001` }], [secret]: 1 } });
  await call(query, world.env, { path: '/query', json });
  await readEvents(query, world.env, { path: '/query', json: { ...json, stream: true } });
  await call(search, world.env, { path: `/search?q=${secret}&${secret}=1` });
  await call(search, world.env, { path: `/search?q=${secret}` });
  await call(collections, world.env, { path: `/collections/default/documents/${secret}.md` });
  await call(ingest, { ...world.env, OLLAMA_EMBEDDING_MODEL: 'never-pulled' }, { path: '/ingest', json: { documents } });
  for (const service of ['ollama', 'qdrant'] as const) {
    for (const mode of ['error', 'cut', 'oom'] as const) {
      await world.fault(service, { mode });
      await call(query, world.env, { path: '/query', json });
    }
    await world.mend();
  }
  expect(requestLines().length).toBeGreaterThan(12);
  for (const line of lines()) {
    expect(line).not.toContain(secret);
    expect(line).not.toMatch(/service-token|llama runner|system memory|internal error: 1 of 1/);
  }
});

test('a wrong configuration is 500 without a word of it; the log names the keys and no value', async () => {
  const value = 'a-value-that-nobody-may-see';
  const answer = await call(search, { ...world.env, SERVICE_TOKEN: 'short', QDRANT_URL: value }, { path: '/search?q=x' });
  expect(answer.status, answer.text).toBe(500);
  expect(answer.body).toMatchObject({ code: 'internal' });
  expect(answer.text).not.toMatch(/SERVICE_TOKEN|QDRANT_URL|a-value/);
  const log = lines().join('\n');
  expect(log).toMatch(/SERVICE_TOKEN.*QDRANT_URL/);
  expect(log).not.toMatch(/a-value|short/);
});

test('a client that left is no failure of ours, and said to have left', async () => {
  await world.fault('ollama', { mode: 'slow', delayMs: 20_000, route: '/api/chat' });
  await call(ingest, world.env, { path: '/ingest?wait=5000', json: { documents: [{ text: 'The kettle is on the stove.' }] } });
  written.mockClear();
  const { context, settled } = deferred();
  const asked = { path: '/query', json: { question: 'Where is the kettle?', stream: true } };
  const response = await send(query, world.env, asked, context);
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  await settled();
  expect(requestLines()).toEqual([expect.objectContaining({ fn: 'query', status: 200, reason: 'client_left' })]);
});
