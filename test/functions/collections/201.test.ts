import { expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import { collectionResponse } from '../../../functions/collections/contract.ts';
import { call, expectStatus } from '../call.ts';
import { put } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();

test('201: a new collection is empty, has a place, and is fit for documents', async () => {
  const made = await call(collections, world.env, { path: '/collections', json: { name: 'new', description: 'What is new.' } });
  expectStatus(made, 201);
  expect(collectionResponse.parse(made.body)).toMatchObject({ name: 'new', description: 'What is new.', documents: 0, chunks: 0 });
  expect(made.headers.get('location')).toBe('/api/v1/rag/collections/new');
  const read = await call(collections, world.env, { path: '/collections/new' });
  expect(read.body).toEqual(made.body);
  await put(world, [{ id: 'a', text: 'A document.' }], 'new');
  expect((await call(collections, world.env, { path: '/collections/new' })).body).toMatchObject({
    documents: 1,
    description: 'What is new.',
  });
});

test('201: a collection whose creation was cut off is finished by the next one', async () => {
  // All writes but the first fail: the physical collection is there, and no alias.
  await world.fault('qdrant', { mode: 'error', route: '~/(index|aliases)$' });
  const cut = await call(collections, world.env, { path: '/collections', json: { name: 'half' } });
  expectStatus(cut, 503);
  await world.mend();
  expect((await call(collections, world.env, { path: '/collections/half' })).body.code).toBe('collection_not_found');
  expectStatus(await call(collections, world.env, { path: '/collections', json: { name: 'half' } }), 201);
  await put(world, [{ id: 'a', text: 'A document.' }], 'half');
});

test('201: two tenants may use one name', async () => {
  for (const tenant of ['ann', 'bob'])
    expectStatus(await call(collections, world.env, { path: '/collections', json: { name: 'ours' }, as: { tenant } }), 201);
});
