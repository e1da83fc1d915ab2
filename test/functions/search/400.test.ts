import { expect, test } from 'vitest';
import search from '../../../functions/search/worker.ts';
import { call, expectProblem } from '../call.ts';
import { readsJsonStrictly } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
const post = (json: unknown) => call(search, world.env, { path: '/search', json });
const paths = (answer: { body: { errors: { path: string }[] } }) => answer.body.errors.map(({ path }) => path);

readsJsonStrictly(search, world, '/search');

test('400: every wrong and every unknown field is named at once', async () => {
  const answer = await post({
    query: 7,
    collection: '../etc',
    limit: 0,
    mode: 'magic',
    filter: { must: 'x', can: [] },
    scoreThreshold: 2,
    diversity: -1,
    maxPerDocument: 1.5,
    topK: 5,
    Query: 'x',
  });
  expectProblem(answer, 400, 'invalid_request');
  expect(paths(answer).toSorted()).toEqual(
    [
      'Query',
      'collection',
      'diversity',
      'filter.can',
      'filter.must',
      'limit',
      'maxPerDocument',
      'mode',
      'query',
      'scoreThreshold',
      'topK',
    ].toSorted(),
  );
  for (const { message } of answer.body.errors) expect(message).toMatch(/must|not a field|not be empty/);
});

test.each([
  ['a limit of 0', { limit: 0 }, 'limit', /1 to 100/],
  ['a limit of 101', { limit: 101 }, 'limit', /1 to 100/],
  ['a limit of 1.5', { limit: 1.5 }, 'limit', /whole number/],
  ['a limit as text', { limit: '5' }, 'limit', /whole number/],
  ['a limit of null', { limit: null }, 'limit', /whole number/],
  ['a collection with ..', { collection: '..' }, 'collection', /a–z/],
  ['a collection with a slash', { collection: 'a/b' }, 'collection', /a–z/],
  ['a collection of 64 characters', { collection: 'a'.repeat(64) }, 'collection', /1–63/],
  ['a collection that begins with _', { collection: '_rag_jobs' }, 'collection', /begin/],
  ["a collection with another tenant's name", { collection: 'bob.default' }, 'collection', /a–z/],
  ['an empty query', { query: '' }, 'query', /not be empty/],
  ['a query of white space', { query: ' \t\n' }, 'query', /not be empty/],
  ['a query that is a list', { query: ['x'] }, 'query', /string/],
  ['half a surrogate pair', { query: 'a\ud800b' }, 'query', /surrogate/],
  ['half a surrogate pair in a filter', { filter: { must: [{ key: 'k', match: '\udc00' }] } }, 'filter.must[0].match', /surrogate/],
  ['a filter condition of no kind', { filter: { must: [{ key: 'lang' }] } }, 'filter.must[0]', /must be \{key, match\}/],
  ['a filter key without a character', { filter: { must: [{ key: '', match: 1 }] } }, 'filter.must[0].key', /must not be empty/],
  ['65 conditions', { filter: { must: Array.from({ length: 65 }, () => ({ key: 'k', match: 1 })) } }, 'filter.must', /64/],
])('400: %s is named with what to do', async (_, fields, path, says) => {
  const answer = await post({ query: 'x', ...fields });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors, answer.text).toContainEqual({ path, message: expect.stringMatching(says) });
});

test('400: 10,001 characters are query_too_long, with both numbers, and cost no call', async () => {
  const before = await world.calls();
  const answer = await post({ query: 'é'.repeat(10_001) });
  expectProblem(answer, 400, 'query_too_long');
  expect(answer.body.detail).toMatch(/10001.*10000/);
  expect(await world.calls()).toEqual(before);
});

test.each([
  ['q missing', '/search', 'q', /string/],
  ['q empty', '/search?q=', 'q', /not be empty/],
  ['an unknown parameter', '/search?q=x&top=3', 'top', /not a field/],
  ['query instead of q', '/search?query=x', 'query', /not a field/],
  ['limit of 0', '/search?q=x&limit=0', 'limit', /1 to 100/],
  ['limit of 101', '/search?q=x&limit=101', 'limit', /1 to 100/],
  ['limit in hexadecimal', '/search?q=x&limit=0x5', 'limit', /digits/],
  ['limit empty', '/search?q=x&limit=', 'limit', /digits/],
  ['a collection with ..', '/search?q=x&collection=..%2F..', 'collection', /a–z/],
  ['an unknown mode', '/search?q=x&mode=magic', 'mode', /hybrid/],
  ['a parameter given twice', '/search?q=x&limit=5&limit=6', 'limit', /more than once/],
])('400: GET with %s', async (_, path, field, says) => {
  const answer = await call(search, world.env, { path });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors, answer.text).toContainEqual({ path: field, message: expect.stringMatching(says) });
});

test('400: GET with 10,001 characters is query_too_long too', async () => {
  expectProblem(await call(search, world.env, { path: `/search?q=${'x'.repeat(10_001)}` }), 400, 'query_too_long');
});

test.each([
  ['__proto__, which no object keeps', '{"query":"x","__proto__":{"limit":1}}', ['__proto__']],
  ['names that objects inherit', '{"query":"x","constructor":1,"toString":2}', ['constructor', 'toString']],
])('400: prototype names are fields like others, unknown: %s', async (_, body, fields) => {
  const answer = await call(search, world.env, { path: '/search', body, headers: { 'content-type': 'application/json' } });
  expectProblem(answer, 400, 'invalid_request');
  expect(paths(answer)).toEqual(fields);
});
