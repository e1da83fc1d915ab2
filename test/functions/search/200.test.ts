import { expect, test } from 'vitest';
import { searchResponse } from '../../../functions/search/contract.ts';
import search from '../../../functions/search/worker.ts';
import { call, expectStatus, type Asked } from '../call.ts';
import { storedText, useLibrary } from '../corpus.ts';
import { namesItsRequests } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);
const ask = async (json: object, rest: Partial<Asked> = {}) => {
  const answer = await call(search, world.env, { path: '/search', json, ...rest });
  expectStatus(answer, 200);
  return answer.body;
};
type Hit = { documentId: string; chunkId: string; text: string; span: { start: number; end: number }; scores: { fused: number } };
const documentsOf = (body: { hits: Hit[] }) => [...new Set(body.hits.map(({ documentId }) => documentId))];

test('200: keeps its contract, with the defaults said', async () => {
  const body = await ask({ query: '  how does a breaker recover?  ' });
  expect(searchResponse.parse(body)).toEqual(body);
  expect(body).toMatchObject({ query: 'how does a breaker recover?', collection: 'default', mode: 'hybrid' });
  expect(body.hits.length).toBeLessThanOrEqual(5);
  expect(body.hits[0]).toMatchObject({ documentId: 'breaker.md', title: 'Circuit breakers', url: 'https://docs.example/breaker' });
});

test('200: GET and POST are the same search', async () => {
  const query = 'breaker probe';
  const got = await call(search, world.env, {
    path: `/search?q=${encodeURIComponent(query)}&collection=default&limit=3&mode=hybrid&scoreThreshold=0.1&diversity=0.2&maxPerDocument=2`,
  });
  expectStatus(got, 200);
  const posted = await ask({ query, limit: 3, scoreThreshold: 0.1, diversity: 0.2, maxPerDocument: 2 });
  expect(got.body.hits).toEqual(posted.hits);
});

test("200: a hit's text is the document's stored text from start to end", async () => {
  const { hits } = (await ask({ query: 'dependency measured appendix', limit: 20 })) as { hits: Hit[] };
  expect(hits.length).toBeGreaterThan(1);
  for (const { documentId, text, span } of hits) expect((await storedText(world, documentId)).slice(span.start, span.end)).toBe(text);
});

test('200: the first k hits of a longer list are the shorter list, and fused scores lie in 0–1, falling', async () => {
  const long = ((await ask({ query: 'bread breaker dependency', limit: 20 })) as { hits: Hit[] }).hits;
  expect(long.length).toBeGreaterThan(4);
  for (const limit of [1, 2, 4, 7]) {
    const { hits } = (await ask({ query: 'bread breaker dependency', limit })) as { hits: Hit[] };
    expect(hits).toEqual(long.slice(0, limit));
  }
  const scores = long.map(({ scores: { fused } }) => fused);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  for (const score of scores) expect(score >= 0 && score <= 1, String(score)).toBe(true);
});

test.each([
  ['dense', { sparse: null }],
  ['sparse', { dense: null }],
])('200: mode %s goes by that list alone', async (mode, scores) => {
  const body = await ask({ query: 'sourdough bread', mode });
  expect(body).toMatchObject({ mode, hits: [{ documentId: 'bread.txt', scores }, ...body.hits.slice(1)] });
});

test.each([
  ['match', { must: [{ key: 'lang', match: 'de' }] }, ['brot.txt']],
  ['match in a list of values', { must: [{ key: 'tags', match: 'redis' }] }, ['breaker.md']],
  ['any', { must: [{ key: 'lang', any: ['de', 'fr'] }] }, ['brot.txt']],
  ['range', { must: [{ key: 'year', range: { gte: 1999, lt: 2010 } }] }, ['bread.txt']],
  [
    'should',
    {
      should: [
        { key: 'lang', match: 'de' },
        { key: 'year', match: 1999 },
      ],
    },
    ['bread.txt', 'brot.txt'],
  ],
  ['mustNot', { mustNot: [{ key: 'lang', match: 'en' }] }, ['brot.txt']],
  ['a key that no document has', { must: [{ key: 'nosuch', match: 'x' }] }, []],
  ['a range over a key that no document has', { must: [{ key: 'nosuch', range: { gt: 0 } }] }, []],
  ['a number that is given as text', { must: [{ key: 'year', match: '1999' }] }, []],
])('200: a filter with %s', async (_, filter, expected) => {
  const body = await ask({ query: 'Salz salt breaker bread Teig', filter, limit: 50 });
  expect(documentsOf(body).toSorted()).toEqual(expected);
});

test('200: maxPerDocument caps the hits of one document', async () => {
  const body = (await ask({ query: 'dependency appendix measured', limit: 20, maxPerDocument: 1 })) as { hits: Hit[] };
  expect(documentsOf(body)).toHaveLength(body.hits.length);
});

test('200: scoreThreshold is the least fused score', async () => {
  const all = ((await ask({ query: 'bread breaker', limit: 20 })) as { hits: Hit[] }).hits;
  const threshold = all[1]!.scores.fused;
  const body = (await ask({ query: 'bread breaker', limit: 20, scoreThreshold: threshold })) as { hits: Hit[] };
  expect(body.hits).toEqual(all.filter(({ scores }) => scores.fused >= threshold));
  const most = (await ask({ query: 'bread breaker', limit: 20, scoreThreshold: 1 })) as { hits: Hit[] };
  expect(most.hits).toEqual(all.filter(({ scores }) => scores.fused === 1));
  expect(most.hits.length).toBeGreaterThan(0);
  expect(await ask({ query: 'bread breaker', limit: 20, scoreThreshold: 0 })).toMatchObject({ hits: all });
});

test('200: 10,000 characters and emoji in a question are a question', async () => {
  await ask({ query: 'x'.repeat(10_000) });
  await ask({ query: '👩‍👩‍👧 𝕳𝖊𝖑𝖑𝖔 ?' });
});

test('200: a collection without documents has no hits', async () => {
  const { default: collections } = await import('../../../functions/collections/worker.ts');
  expectStatus(await call(collections, world.env, { path: '/collections', json: { name: 'empty' } }), 201);
  expect((await ask({ query: 'anything', collection: 'empty' })).hits).toEqual([]);
});

namesItsRequests(search, world, { path: '/search', json: { query: 'bread' } });
