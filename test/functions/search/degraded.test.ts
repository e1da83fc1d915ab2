import { afterEach, expect, test, vi } from 'vitest';
import search from '../../../functions/search/worker.ts';
import { call, expectStatus } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld({}, { REDIS_TIMEOUT_MS: '100' });
useLibrary(world);
const ask = (json: object) => call(search, world.env, { path: '/search', json });
afterEach(async () => {
  await world.mend();
});

test.each(['down', 'error', 'oom', 'full'] as const)('embedder %s: goes by words alone and says so', async (mode) => {
  await world.fault('ollama', { mode });
  const answer = await ask({ query: 'sourdough bread' });
  expectStatus(answer, 200);
  expect(answer.body.degraded).toContain('embedding_unavailable:sparse_only');
  expect(answer.body.hits[0]).toMatchObject({ documentId: 'bread.txt', scores: { dense: null } });
});

test('embedder down: a search by words alone has nothing to do without', async () => {
  await world.fault('ollama', { mode: 'down' });
  const answer = await ask({ query: 'sourdough bread', mode: 'sparse' });
  expectStatus(answer, 200);
  expect(answer.body.degraded).not.toContain('embedding_unavailable:sparse_only');
});

test('embedding model missing: goes by words alone', async () => {
  const env = { ...world.env, OLLAMA_URL: `${world.urls.ollama}/not-ollama` };
  const answer = await call(search, env, { path: '/search', json: { query: 'sourdough bread' } });
  expectStatus(answer, 200);
  expect(answer.body.degraded).toContain('embedding_unavailable:sparse_only');
});

test.each(['down', 'slow', 'error'] as const)('Redis %s: answers in full and says that the breakers are local', async (mode) => {
  const whole = await ask({ query: 'sourdough bread' });
  await world.fault('redis', { mode, delayMs: 600 });
  world.forget();
  const answer = await ask({ query: 'sourdough bread' });
  expectStatus(answer, 200);
  expect(answer.body.hits).toEqual(whole.body.hits);
  expect(answer.body.degraded).toEqual(['redis_unavailable:local_breakers']);
});

test('Redis mended: nothing is missing any more', async () => {
  await world.fault('redis', { mode: 'down' });
  expect((await ask({ query: 'sourdough bread' })).body.degraded).toEqual(['redis_unavailable:local_breakers']);
  await world.mend();
  await vi.waitFor(async () => {
    world.forget();
    expect((await ask({ query: 'sourdough bread' })).body.degraded).toEqual([]);
  });
});
