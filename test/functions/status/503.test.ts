import { expect, test } from 'vitest';
import search from '../../../functions/search/worker.ts';
import status from '../../../functions/status/worker.ts';
import { call, expectStatus } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);

test('503: health is unhealthy once nothing can be searched, in the same shape, and calls nobody', async () => {
  await world.fault('qdrant', { mode: 'down' });
  for (let i = 0; i < 6; i++) await call(search, world.env, { path: '/search?q=bread&mode=sparse' });
  world.forget();
  const before = await world.calls();
  const answer = await call(status, world.env, { path: '/status/health' });
  expectStatus(answer, 503);
  expect(answer.body).toMatchObject({ status: 'unhealthy', circuitBreakers: { qdrant_search: 'open' }, redis: 'up' });
  expect(await world.calls()).toEqual(before);
});
