import { openRedis } from '#redis';
import { afterEach, expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import { queryResponse, type QueryResponse } from '../../../functions/query/contract.ts';
import query from '../../../functions/query/worker.ts';
import search from '../../../functions/search/worker.ts';
import { call, expectStatus, type Answer, type Caller } from '../call.ts';
import { put, useLibrary } from '../corpus.ts';
import { dataOf, ending, readEvents } from '../events.ts';
import { useWorld, type Bindings } from '../world.ts';

const world = useWorld({}, { CACHE_TTL_SECONDS: '600' });
useLibrary(world);
const question = 'How does a breaker recover?';
const send = (json: object, { as = {}, env = world.env }: { as?: Caller; env?: Bindings } = {}): Promise<Answer> =>
  call(query, env, { path: '/query', json: { question, ...json }, as });
async function ask(json: object = {}, options: { as?: Caller; env?: Bindings } = {}): Promise<QueryResponse> {
  const answer = await send(json, options);
  expectStatus(answer, 200);
  expect(queryResponse.parse(answer.body)).toEqual(answer.body);
  return answer.body as QueryResponse;
}
/** The work that something cost: requests to the models and searches, not the look at the collection. */
async function costOf(work: () => Promise<unknown>): Promise<string[]> {
  const costly = async () => (await world.calls()).filter((line) => /\/api\/(embed|chat)|\/points/.test(line));
  const before = (await costly()).length;
  await work();
  return (await costly()).slice(before).map((line) => line.split(' ').slice(0, 3).join(' '));
}
const content = ({ answer, citations, hits, answerable, mode, model }: QueryResponse) => ({
  answer,
  citations,
  hits,
  answerable,
  mode,
  model,
});
async function inRedis(...command: string[]): Promise<unknown> {
  const redis = openRedis(world.urls.redis);
  const [reply] = await redis.send([command], { timeoutMs: 5_000 });
  await redis.close();
  return reply;
}
const keys = async (pattern = 'cache:*') => ((await inRedis('SCAN', '0', 'MATCH', pattern, 'COUNT', '10000')) as [string, string[]])[1];
afterEach(async () => world.mend()); // which also empties Redis

test('an equal question costs no embedding, no search and no writing, and says that it was answered before', async () => {
  const first = await ask();
  expect(first).not.toHaveProperty('cached');
  const cost = await costOf(async () => {
    const second = await ask();
    expect(second).toMatchObject({ cached: true, usage: { promptTokens: 0, answerTokens: 0 }, degraded: [] });
    expect(second.timings).toMatchObject({ embedMs: 0, searchMs: 0, answerMs: 0 });
    expect(content(second)).toEqual(content(first));
  });
  expect(cost).toEqual([]);
});

test('white space and the composition of letters make no other question; case and superscripts do', async () => {
  await ask({ question: 'Does caf\u00e9 bread of 2⁵ grams recover?' });
  const same = '  Does  cafe\u0301 bread\n of 2⁵ grams recover? ';
  expect(await ask({ question: same })).toMatchObject({ cached: true, question: same.trim() });
  expect(await ask({ question: 'does caf\u00e9 bread of 2⁵ grams recover?' })).not.toHaveProperty('cached');
  expect(await ask({ question: 'Does caf\u00e9 bread of 25 grams recover?' })).not.toHaveProperty('cached');
});

test.each([
  ['limit', { limit: 3 }],
  ['mode', { mode: 'sparse' }],
  ['filter', { filter: { must: [{ key: 'lang', match: 'en' }] } }],
  ['threshold', { scoreThreshold: 0.2 }],
  ['diversity', { diversity: 0.5 }],
  ['cap per document', { maxPerDocument: 1 }],
  ['history', { history: [{ role: 'user', content: 'What is a breaker?' }] }],
  ['answer mode', { answerMode: 'extractive' }],
  ['answer length', { maxAnswerTokens: 100 }],
] as const)('another %s is another request', async (_, json) => {
  await ask();
  const other = await ask(json);
  expect(other).not.toHaveProperty('cached');
  expect(await ask(json)).toMatchObject({ cached: true });
});

test('another writer or context is another request', async () => {
  await ask();
  expect(await ask({}, { env: { ...world.env, OLLAMA_NUM_CTX: '8192' } })).not.toHaveProperty('cached');
  expect(await ask({}, { env: { ...world.env, OLLAMA_GENERATION_MODEL: 'emulated-extract:latest' } })).not.toHaveProperty('cached');
});

test('a question without evidence is remembered as such', async () => {
  const without = { question: 'Wer gewann 1974 die Meisterschaft im Rudern?' };
  const first = await ask(without);
  expect(first.answerable).toBe(false);
  expect(await ask(without)).toMatchObject({ answerable: false, reason: first.reason, cached: true });
});

test('a failure is not remembered', async () => {
  expectStatus(await send({ collection: 'later' }), 404);
  await put(world, [{ id: 'a', text: 'A breaker recovers when one probe succeeds.' }], 'later');
  expect(await ask({ collection: 'later' })).toMatchObject({ answerable: true });
});

test("no tenant is told another's answer, whatever both are called", async () => {
  const told = 'A breaker recovers when the moon is full.';
  for (const tenant of ['bob', 'ann:default', 'ann.default', 'ann-x']) {
    await put(world, [{ id: 'breaker.md', text: `${told} So says ${tenant}.` }], 'default', { tenant });
    await ask();
    const answer = await ask({}, { as: { tenant } });
    expect(answer).not.toHaveProperty('cached');
    expect(answer.hits.map(({ text }) => text)).toEqual([`${told} So says ${tenant}.`]);
  }
  await put(world, [{ id: 'x', text: 'Ann keeps x.' }], 'x-default', { tenant: 'ann' });
  await put(world, [{ id: 'x', text: 'Ann-x keeps the default.' }], 'default', { tenant: 'ann-x' });
  await ask({ question: 'Who keeps x?', collection: 'x-default' });
  expect(await ask({ question: 'Who keeps x?' }, { as: { tenant: 'ann-x' } })).not.toHaveProperty('cached');
  const vectors = await keys('cache:*:vector:*');
  expect(new Set(vectors.map((key) => key.split(':')[3])).size).toBe(5);
});

test('a vector is remembered for every request that embeds the question, search too', async () => {
  const search1 = await call(search, world.env, { path: '/search', json: { query: question } });
  const cost = await costOf(async () => {
    const search2 = await call(search, world.env, { path: '/search', json: { query: question, limit: 3 } });
    expect(search2.body.hits).toEqual(search1.body.hits.slice(0, 3));
    await ask({ answerMode: 'extractive' });
  });
  expect(cost.filter((line) => line.includes('/api/embed'))).toEqual([]);
});

test('streamed and unstreamed fill the same place, and tell the same', async () => {
  const stream = () => readEvents(query, world.env, { path: '/query', json: { question, stream: true } });
  const made = await stream();
  const first = ending(made, 'done') as QueryResponse;
  expect(content(await ask())).toEqual(content(first));
  const again = await stream();
  const done = ending(again, 'done') as QueryResponse;
  expect(done).toMatchObject({ cached: true });
  expect(content(done)).toEqual(content(first));
  expect(dataOf(again, 'meta')).toEqual([{ hits: first.hits, degraded: [] }]);
  expect(dataOf(again, 'citation')).toEqual(first.citations);
  let told = '';
  for (const { event, data } of again.events) {
    if (event === 'token') told += (data as { text: string }).text;
    if (event === 'citation') expect(told).toContain(`[${(data as { marker: number }).marker}]`);
  }
  expect(told).toBe(first.answer);
});

test('what an answer had to do without is not remembered', async () => {
  await world.fault('ollama', { mode: 'down', route: '/api/chat' });
  expect((await ask()).degraded).toEqual(['generation_unavailable:extractive']);
  expect(await keys('cache:*:answer:*')).toEqual([]);
  await world.mend();
  expect(await ask()).toMatchObject({ mode: 'generated' });
});

test.each(['down', 'error'] as const)('Redis %s: the same answer, made anew, and no vector remembered', async (mode) => {
  const whole = await ask();
  await world.fault('redis', { mode });
  world.forget();
  const without = await ask();
  expect(without).not.toHaveProperty('cached');
  expect(without.answer).toBe(whole.answer);
});

test('every key has a time to live and bears no word of the question', async () => {
  await ask();
  const kept = await keys();
  expect(kept.map((key) => key.split(':').slice(0, 4).join(':')).toSorted()).toEqual(['cache:{rag}:answer:ann', 'cache:{rag}:vector:ann']);
  for (const key of kept) {
    expect(key).toMatch(/:[0-9a-f]{64}$/);
    expect(Number(await inRedis('TTL', key))).toBeGreaterThan(590);
    expect(Number(await inRedis('TTL', key))).toBeLessThanOrEqual(600);
  }
});

test('what no version of this service could have kept is as good as nothing', async () => {
  const first = await ask();
  for (const value of ['no JSON', '{"answer":"HACKED"}', '']) {
    for (const key of await keys()) await inRedis('SET', key, value);
    const answer = await ask();
    expect(answer).not.toHaveProperty('cached');
    expect(content(answer)).toEqual(content(first));
  }
});

test('CACHE_TTL_SECONDS=0 keeps nothing and looks for nothing', async () => {
  const env = { ...world.env, CACHE_TTL_SECONDS: '0' };
  await ask({}, { env });
  await ask({}, { env });
  expect(await keys()).toEqual([]);
  await ask();
  expect(await ask({}, { env })).not.toHaveProperty('cached');
});

test('a write or a delete is in the next answer', async () => {
  const collection = 'changing';
  const json = { question: 'Who keeps the vault code?', collection };
  await put(world, [{ id: 'a', text: 'The vault code is kept by the librarian.' }], collection);
  expect((await ask(json)).answer).toContain('librarian');
  expect(await ask(json)).toMatchObject({ cached: true });
  await put(world, [{ id: 'a', text: 'The vault code is kept by the gardener.' }], collection);
  const written = await ask(json);
  expect(written.answer).toContain('gardener');
  expect(await ask(json)).toMatchObject({ cached: true });
  await put(world, [{ id: 'a', text: 'The vault code is kept by the gardener.' }], collection);
  expect(await ask(json), 'an unchanged document changes nothing').toMatchObject({ cached: true });
  expectStatus(await call(collections, world.env, { method: 'DELETE', path: `/collections/${collection}/documents/a` }), 200);
  expect(await ask(json)).toMatchObject({ answerable: false, reason: 'no_hits' });
  expectStatus(await call(collections, world.env, { method: 'DELETE', path: `/collections/${collection}` }), 204);
  await put(world, [{ id: 'b', text: 'The vault code is kept by the baker.' }], collection);
  expect((await ask(json)).answer).toContain('baker');
});
