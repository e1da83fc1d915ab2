import { expect, test } from 'vitest';
import { barrage } from './barrage.ts';
import { seed } from './seeded.ts';
import { useWorld } from './world.ts';

const world = useWorld();
seed(world);

test('60 requests made of the document: no 500, no answer that it does not describe, bodies judged as their schemas say', async () => {
  const tally = await barrage(world, { runs: 60 });
  expect(Object.keys(tally).length).toBeGreaterThan(10);
}, 60_000);
