import { expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import search from '../../../functions/search/worker.ts';
import { call, expectProblem, expectStatus } from '../call.ts';
import { LIBRARY, put } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();

test('204: a deleted collection is gone with everything in it, and its name is free again', async () => {
  await put(world, LIBRARY, 'gone');
  const deleted = await call(collections, world.env, { method: 'DELETE', path: '/collections/gone' });
  expectStatus(deleted, 204);
  expect(deleted.text).toBe('');
  expectProblem(await call(collections, world.env, { path: '/collections/gone' }), 404, 'collection_not_found');
  expectProblem(await call(search, world.env, { path: '/search?q=bread&collection=gone' }), 404, 'collection_not_found');
  expectProblem(await call(collections, world.env, { method: 'DELETE', path: '/collections/gone' }), 404, 'collection_not_found');
  expectStatus(await call(collections, world.env, { path: '/collections', json: { name: 'gone' } }), 201);
  expect((await call(collections, world.env, { path: '/collections/gone/documents' })).body).toEqual({ documents: [], nextCursor: null });
});

test("204: another tenant's collection of that name stays", async () => {
  await put(world, LIBRARY, 'ours', { tenant: 'bob' });
  await put(world, LIBRARY, 'ours');
  expectStatus(await call(collections, world.env, { method: 'DELETE', path: '/collections/ours' }), 204);
  expectStatus(await call(collections, world.env, { path: '/collections/ours', as: { tenant: 'bob' } }), 200);
});
