import { expect, test } from 'vitest';
import search from '../../../functions/search/worker.ts';
import { call } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { expectUnavailable, saysWhenQdrantIsDown } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);
const json = { query: 'sourdough bread' };

saysWhenQdrantIsDown(search, world, [{ path: '/search', json }, { path: '/search?q=bread' }]);

test("503: an open breaker answers without a call, and carries the breaker's retry-after", async () => {
  world.forget();
  await world.fault('qdrant', { mode: 'down' });
  try {
    for (let i = 0; i < 6; i++) await call(search, world.env, { path: '/search', json });
    const answer = await call(search, world.env, { path: '/search', json });
    expectUnavailable(answer, /^qdrant_search$/);
    expect(answer.body.breaker).toBe('open');
    expect(answer.body.retryAfterMs).toBeGreaterThan(5_000);
    expect(answer.body.retryAfterMs).toBeLessThanOrEqual(30_000);
  } finally {
    await world.fault('qdrant', { mode: 'up' });
  }
});
