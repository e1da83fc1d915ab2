import { afterEach, expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import { call } from '../call.ts';
import { everythingOf, useLibrary } from '../corpus.ts';
import { expectUnavailable, saysWhenQdrantIsDown } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);
afterEach(async () => world.mend());

saysWhenQdrantIsDown(collections, world, [
  { path: '/collections' },
  { path: '/collections/default' },
  { path: '/collections/default', method: 'DELETE' },
  { path: '/collections/default/documents' },
  { path: '/collections/default/documents/bread.txt' },
  { path: '/collections/default/documents/bread.txt', method: 'DELETE' },
]);

test('503: a collection cannot be made while its model cannot be asked for its dimension; nothing is left of it', async () => {
  const before = await everythingOf(world);
  await world.fault('ollama', { mode: 'down' });
  // Another name of the same server, of which this isolate knows nothing yet.
  const env = { ...world.env, OLLAMA_URL: world.urls.ollama.replace('127.0.0.1', 'localhost') };
  expectUnavailable(await call(collections, env, { path: '/collections', json: { name: 'unborn' } }), /^ollama_embedding$/);
  await world.mend();
  expect(await everythingOf(world)).toEqual(before);
});
