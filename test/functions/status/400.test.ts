import { expect, test } from 'vitest';
import status from '../../../functions/status/worker.ts';
import { call, expectProblem } from '../call.ts';
import { readsJsonStrictly } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();

readsJsonStrictly(status, world, '/status/breakers/qdrant_search');

test.each([
  ['an unknown breaker', '/status/breakers/redis', { state: 'closed' }, 'name', /qdrant_search/],
  ['a breaker of a prototype name', '/status/breakers/__proto__', { state: 'closed' }, 'name', /qdrant_search/],
  ['an unknown state', '/status/breakers/qdrant_search', { state: 'open' }, 'state', /isolated or closed/],
  ['no state', '/status/breakers/qdrant_search', {}, 'state', /isolated or closed/],
  ['an unknown field', '/status/breakers/qdrant_search', { state: 'closed', forMs: 5 }, 'forMs', /not a field/],
])('400: %s is named, and nothing is steered', async (_, path, json, field, says) => {
  const answer = await call(status, world.env, { path, json });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors).toEqual([{ path: field, message: expect.stringMatching(says) }]);
  expect((await call(status, world.env, { path: '/status/health' })).body.status).toBe('healthy');
});
