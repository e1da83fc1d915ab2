import { test } from 'vitest';
import search from '../../../functions/search/worker.ts';
import { call, expectProblem } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);

// The one suite that waits for a deadline of the running configuration; that it is 5 s is told by its being over before 10.
test('504: a Qdrant that does not answer in time is a deadline, and names it', async () => {
  await world.fault('qdrant', { mode: 'slow', delayMs: 20_000 });
  const answer = await call(search, world.env, { path: '/search', json: { query: 'bread' } });
  expectProblem(answer, 504, 'deadline_exceeded');
}, 10_000);
