import { expect, test } from 'vitest';
import { barrage } from './barrage.ts';
import { peersOf } from './peers.ts';
import { seed } from './seeded.ts';
import { useWorld, type World } from './world.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
seed(world);

test('60 requests made of the document: no 500, no answer that it does not describe, bodies and parameters judged as their schemas say', async () => {
  const tally = await barrage(world, { runs: 60 });
  expect(Object.keys(tally).length).toBeGreaterThan(10);
}, 60_000);
