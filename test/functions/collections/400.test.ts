import { afterEach, expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import { call, expectProblem } from '../call.ts';
import { everythingOf } from '../corpus.ts';
import { readsJsonStrictly } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
afterEach(async () => expect(await everythingOf(world)).toEqual({ collections: [], jobs: [] }));

readsJsonStrictly(collections, world, '/collections');

test.each([
  ['no name', {}, ['name']],
  ['a name with ..', { name: '..' }, ['name']],
  ['a name with a dot', { name: 'a.v1' }, ['name']],
  ['a name in capitals', { name: 'Docs' }, ['name']],
  ['a name of 64 characters', { name: 'a'.repeat(64) }, ['name']],
  ['every wrong field at once', { name: 1, description: 2, size: 3 }, ['description', 'name', 'size']],
  ['a description of 1,025 characters', { name: 'a', description: 'x'.repeat(1_025) }, ['description']],
  ['half a surrogate pair', { name: 'a', description: '\ud800' }, ['description']],
])('400: %s is named', async (_, json, paths) => {
  const answer = await call(collections, world.env, { path: '/collections', json });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors.map(({ path }: { path: string }) => path).toSorted(), answer.text).toEqual(paths);
});

test.each([
  ['GET', '/collections/a%2E%2Eb', 'name'],
  ['GET', '/collections/_rag_jobs', 'name'],
  ['DELETE', '/collections/_rag_jobs', 'name'],
  ['GET', '/collections/ann.default', 'name'],
  ['GET', '/collections/a%2Fb/documents', 'name'],
  ['GET', '/collections/a%00b/documents/x', 'name'],
  ['DELETE', '/collections/Docs/documents/x', 'name'],
  ['GET', '/collections/a/documents?limit=0', 'limit'],
  ['GET', '/collections/a/documents?limit=101', 'limit'],
  ['GET', '/collections/a/documents?limit=ten', 'limit'],
  ['GET', '/collections/a/documents?cursor=next', 'cursor'],
  ['GET', '/collections/a/documents?offset=3', 'offset'],
  ['GET', '/collections/a/documents?limit=1&limit=2', 'limit'],
])('400: %s %s names %s', async (method, path, field) => {
  const answer = await call(collections, world.env, { method, path });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors).toEqual([{ path: field, message: expect.stringMatching(/must|not a field|more than once/) }]);
});
