import { expect, test } from 'vitest';
import { barrage, type Tally } from '../functions/barrage.ts';
import { peersOf } from '../functions/peers.ts';
import { seed } from '../functions/seeded.ts';
import { useWorld, type World } from '../functions/world.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
seed(world);

const told = (tally: Tally): void => {
  for (const [id, statuses] of Object.entries(tally)) console.log(id.padEnd(18), JSON.stringify(statuses));
};

test('3,000 requests made of the document: no 500, no answer that it does not describe, bodies and parameters judged as their schemas say', async () => {
  const tally = await barrage(world, { runs: 3_000 });
  told(tally);
  expect(Object.keys(tally)).toHaveLength(25);
});

// What ingestion begins would wait for the dependency, patiently; of a job nothing is asked here.
const READS = [
  'search',
  'searchByUrl',
  'query',
  'listCollections',
  'getCollection',
  'listDocuments',
  'getDocument',
  'health',
  'status',
  'mcp',
  'createChatCompletion',
  'listModels',
  'getModel',
];

test.each([
  ['redis', { mode: 'down' }],
  ['ollama', { mode: 'down' }],
  ['ollama', { mode: 'error' }],
  ['qdrant', { mode: 'down' }],
  ['qdrant', { mode: 'error' }],
] as const)('and 150 more while %s is %j', async (service, fault) => {
  await world.fault(service, fault);
  try {
    told(await barrage(world, { runs: 150, only: READS }));
  } finally {
    await world.mend();
  }
});
