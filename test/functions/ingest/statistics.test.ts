import { expect, test } from 'vitest';
import type { ChunkRecord } from '../../../functions/_kernel/corpus/payload.ts';
import { averageLengths, documentVector, type SparseVector } from '../../../functions/_kernel/retrieval/sparse.ts';
import collections from '../../../functions/collections/worker.ts';
import { chunk } from '../../../functions/ingest/chunk.ts';
import { ingest as accept } from '../../../functions/ingest/ingest.ts';
import { measureJob } from '../../../functions/ingest/measure.ts';
import { reindex } from '../../../functions/ingest/reindex.ts';
import ingest from '../../../functions/ingest/worker.ts';
import { work } from '../../../functions/ingest/work.ts';
import search from '../../../functions/search/worker.ts';
import { call, expectStatus } from '../call.ts';
import { put, type Given } from '../corpus.ts';
import { DEATH_STEP, useWorld } from '../world.ts';
import { dyingAtWrite, workContext } from './dying-worker.ts';

const world = useWorld();
const SUBJECTS = ['harbour', 'orchard', 'railway', 'glacier', 'library', 'market', 'bridge', 'copper'];
/** Documents of one chunk each, of different lengths. */
const GIVEN: Given[] = SUBJECTS.map((subject, i) => ({
  id: subject,
  title: `The ${subject}`,
  text: `This is what the keeper wrote of the ${subject}. ${`It was the ${subject} of the north, number ${i}. `.repeat(1 + i)}`.trim(),
}));
const lengthsOf = (documents: readonly Given[]) =>
  averageLengths(documents.map(({ text, title = null }) => ({ text, title, language: 'en' as const })));
const statisticsOf = async (collection: string) =>
  (await call(collections, world.env, { path: `/collections/${collection}` })).body.statistics;

type Kept = { payload: ChunkRecord; vector: { lexical: SparseVector } };
/** Every chunk of a collection as Qdrant has it. */
async function chunksOf(collection: string): Promise<Kept[]> {
  const body = {
    filter: { must: [{ key: 'kind', match: { value: 'chunk' } }] },
    limit: 1_000,
    with_payload: true,
    with_vector: ['lexical'],
  };
  const url = `${String(world.env['QDRANT_URL'])}/collections/ann.${collection}/points/scroll`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  return ((await response.json()) as { result: { points: Kept[] } }).result.points;
}
/** Checks that every chunk is weighed by the statistics that the collection shows. */
async function expectWeighed(collection: string): Promise<void> {
  const { lengths } = await statisticsOf(collection);
  for (const { payload, vector } of await chunksOf(collection)) {
    const { text, title } = payload;
    expect(vector.lexical, payload.documentId).toEqual(documentVector({ text, title, language: 'en' }, lengths));
  }
}
async function found(collection: string): Promise<unknown> {
  const answer = await call(search, world.env, { path: '/search', json: { query: 'keeper of the railway', collection, limit: 100 } });
  expectStatus(answer, 200);
  return answer.body.hits.map(({ documentId, text, scores }: { documentId: string; text: string; scores: object }) => ({
    documentId,
    text,
    scores,
  }));
}
const incoming = (documents: readonly Given[]) =>
  documents.map(({ id, text, title = null }, i) => {
    const rest = { url: null, language: null, contentType: 'text/plain' as const, metadata: {} };
    return { at: `documents[${i}]`, id, title, ...rest, content: text };
  });

test('an empty collection has statistics of nothing, and its first ingestion takes the true ones before it writes', async () => {
  expectStatus(await call(collections, world.env, { path: '/collections', json: { name: 'first' } }), 201);
  expect(await statisticsOf('first')).toMatchObject({ passages: 0, language: 'en' });
  await put(world, GIVEN, 'first');
  expect(await statisticsOf('first')).toEqual({ passages: GIVEN.length, lengths: lengthsOf(GIVEN), language: 'en' });
  await expectWeighed('first');
});

test('the language of a collection is that of most of its chunks', async () => {
  const german = SUBJECTS.map((id) => ({ id: `${id}.de`, text: `Das ist ein Bericht, der von dem Ort ${id} handelt und nicht lang ist.` }));
  await put(world, [...german, ...GIVEN.slice(0, 2)], 'german');
  expect(await statisticsOf('german')).toMatchObject({ language: 'de' });
});

test('later jobs weigh by what the first one kept; a reindexing takes all texts anew', async () => {
  const [short, long] = [GIVEN.slice(0, 4), GIVEN.slice(4)];
  await put(world, short, 'later');
  await put(world, long, 'later');
  expect(await statisticsOf('later')).toMatchObject({ passages: 4, lengths: lengthsOf(short) });
  await expectWeighed('later');
  const context = workContext(world);
  await work(context, await reindex(context, 'later', false));
  expect(await statisticsOf('later')).toMatchObject({ passages: GIVEN.length, lengths: lengthsOf(GIVEN) });
  await expectWeighed('later');
});

test('the order of the documents of a job does not matter, not to the statistics, the hits or their scores', async () => {
  const shuffled = [3, 0, 7, 5, 1, 6, 2, 4].map((i) => GIVEN[i]!);
  const outcomes = [];
  for (const [i, documents] of [GIVEN, GIVEN.toReversed(), shuffled].entries()) {
    await put(world, documents, `order-${i}`);
    outcomes.push({ statistics: await statisticsOf(`order-${i}`), hits: await found(`order-${i}`) });
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(outcomes[2]).toEqual(outcomes[0]);
});

test('over several requests the order matters by the statistics of the first; after a reindexing it does not', async () => {
  const outcomes = [];
  for (const [i, parts] of [
    [GIVEN.slice(0, 3), GIVEN.slice(3)],
    [GIVEN.slice(3), GIVEN.slice(0, 3)],
  ].entries()) {
    const collection = `turns-${i}`;
    for (const part of parts) await put(world, part, collection);
    const first = await statisticsOf(collection);
    const context = workContext(world);
    await work(context, await reindex(context, collection, false));
    outcomes.push({ first, rebuilt: { statistics: await statisticsOf(collection), hits: await found(collection) } });
  }
  expect(outcomes[1]!.first).not.toEqual(outcomes[0]!.first);
  expect(outcomes[1]!.rebuilt).toEqual(outcomes[0]!.rebuilt);
});

test('a large job is measured by a sample that does not depend on its order, within a fiftieth of all', async () => {
  const documents = Array.from({ length: 150 }, (_, d): Given => {
    const note = (p: number) => `Note ${p} of ${d}. ${`The ${SUBJECTS[(d + p) % 8]} of the north was lit. `.repeat(10 + ((d * p) % 9))}`;
    return { id: `d${d}`, text: Array.from({ length: 12 }, (_p, p) => note(p)).join('\n\n') };
  });
  const { store, ...rest } = workContext(world);
  const measured = [];
  for (const some of [documents, documents.toReversed()]) {
    const jobId = await accept({ store, ...rest }, 'large', incoming(some), null);
    measured.push(await measureJob(store, jobId, 800, async () => {}));
  }
  expect(measured[1]).toEqual(measured[0]);
  const all = averageLengths(
    documents.flatMap(({ text }) => chunk(text).map(({ start, end }) => ({ text: text.slice(start, end), language: 'en' as const }))),
  );
  expect(measured[0]!.passages).toBeLessThan(1_100);
  expect(Math.abs(measured[0]!.lengths.stems / all.stems - 1)).toBeLessThan(0.02);
});

test('two jobs at once are the first: all chunks are weighed alike', async () => {
  expectStatus(await call(collections, world.env, { path: '/collections', json: { name: 'both' } }), 201);
  await Promise.all([put(world, GIVEN.slice(0, 4), 'both'), put(world, GIVEN.slice(4), 'both')]);
  expect((await statisticsOf('both')).passages).toBe(4);
  await expectWeighed('both');
});

test('killed at any write, whoever takes the job over has the same statistics, and weighs by them', async () => {
  for (let n = 1, killed = true; killed; n += DEATH_STEP) {
    const collection = `killed-${n}`;
    const context = workContext(world);
    const jobId = await accept(context, collection, incoming(GIVEN.slice(0, 3)), null);
    const dying = dyingAtWrite(context, n);
    await work(dying, jobId).catch(() => {});
    killed = dying.died();
    await call(ingest, world.env, { path: `/ingest/jobs/${jobId}` });
    expect(await statisticsOf(collection), `write ${n}`).toMatchObject({ passages: 3, lengths: lengthsOf(GIVEN.slice(0, 3)) });
    await expectWeighed(collection);
  }
}, 40_000); // an ingestion for each write of one

test('what is written while a reindexing still measures is in the collection after it', async () => {
  await put(world, GIVEN.slice(0, 3), 'measuring');
  const context = workContext(world);
  const jobId = await reindex(context, 'measuring', false);
  await put(world, GIVEN.slice(3), 'measuring');
  await work(context, jobId);
  expect((await chunksOf('measuring')).length).toBe(GIVEN.length);
  expect(await statisticsOf('measuring')).toMatchObject({ passages: GIVEN.length });
  await expectWeighed('measuring');
});

test('an empty collection that is reindexed takes its statistics from the first ingestion after it', async () => {
  expectStatus(await call(collections, world.env, { path: '/collections', json: { name: 'hollow' } }), 201);
  const context = workContext(world);
  await work(context, await reindex(context, 'hollow', false));
  expect(await statisticsOf('hollow')).toMatchObject({ passages: 0 });
  await put(world, GIVEN, 'hollow');
  expect(await statisticsOf('hollow')).toMatchObject({ passages: GIVEN.length, lengths: lengthsOf(GIVEN) });
});
