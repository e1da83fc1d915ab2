import { expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import { call, expectProblem } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);

test('409: a name that is taken is refused, and what is there stays', async () => {
  const before = await call(collections, world.env, { path: '/collections' });
  const answer = await call(collections, world.env, { path: '/collections', json: { name: 'default', description: 'another' } });
  expectProblem(answer, 409, 'collection_exists');
  expect(answer.body.detail).toContain('another name');
  expect((await call(collections, world.env, { path: '/collections' })).body).toEqual(before.body);
});
