import { expect, test } from 'vitest';
import query from '../../../functions/query/worker.ts';
import { call, expectProblem } from '../call.ts';
import { LIBRARY, put } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();

test("404: another tenant's collection and one that nobody has are the same to the letter", async () => {
  await put(world, LIBRARY, 'secrets', { tenant: 'bob' });
  const ask = (collection: string) =>
    call(query, world.env, { path: '/query', json: { question: 'breaker', collection }, headers: { 'x-request-id': 'same' } });
  const [others, nobodys] = [await ask('secrets'), await ask('nothing')];
  expectProblem(others, 404, 'collection_not_found');
  expect(others.text).toBe(nobodys.text);
});
