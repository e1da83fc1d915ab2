import { expect, test } from 'vitest';
import { calibrate } from '../../../functions/_kernel/corpus/calibration.ts';
import { getCollection } from '../../../functions/_kernel/corpus/collections.ts';
import { removeDocument } from '../../../functions/_kernel/corpus/removal.ts';
import { keepEvidenceLevels, type KeptLevels } from '../../../functions/_kernel/corpus/statistics.ts';
import type { Store } from '../../../functions/_kernel/corpus/store.ts';
import { Failure } from '../../../functions/_kernel/failure.ts';
import { NO_LEVELS } from '../../../functions/_kernel/retrieval/gate.ts';
import { incomingOf, ingest as accept } from '../../../functions/ingest/ingest.ts';
import { ingestRequest } from '../../../functions/ingest/contract.ts';
import { reap } from '../../../functions/ingest/reap.ts';
import { work, type WorkContext } from '../../../functions/ingest/work.ts';
import ingest from '../../../functions/ingest/worker.ts';
import query from '../../../functions/query/worker.ts';
import { call, expectStatus } from '../call.ts';
import { put, type Given } from '../corpus.ts';
import { useWorld } from '../world.ts';
import { workContext } from './dying-worker.ts';

const world = useWorld({}, { CACHE_TTL_SECONDS: '0' });
const THINGS = ['pump', 'valve', 'gauge', 'motor', 'belt', 'sensor', 'boiler', 'fan', 'clutch', 'nozzle', 'bearing', 'piston'];
/** Documents of one passage each. */
const notes = (count: number, of = 'leaks'): Given[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `note-${i}`,
    text: `The ${THINGS[i % 12]} of hall ${i} ${of}. Tighten bolt ${i * 7} beside the ${THINGS[(i * 5 + 1) % 12]} and write it into the log.`,
  }));
const levelsOf = async (collection: string): Promise<KeptLevels> => (await getCollection(workContext(world).store, collection)).evidence;
const answerable = async (question: string, collection: string): Promise<boolean> => {
  const answer = await call(query, world.env, { path: '/query', json: { question, collection, answerMode: 'extractive' } });
  expectStatus(answer, 200);
  return answer.body.answerable;
};
/** A worker whose Qdrant fails whenever passages are counted, which only measuring does. */
function unableToMeasure(context: WorkContext): WorkContext {
  const failed = { code: 'dependency_unavailable', dependency: 'qdrant_search', breaker: 'closed', retryAfterMs: 1 } as const;
  const failing = { countPoints: () => Promise.reject(new Failure(failed)) };
  const read: Store['read'] = (operation) =>
    context.store.read((api, init) =>
      operation(new Proxy(api, { get: (target, key) => Reflect.get(key in failing ? failing : target, key) as unknown }), init),
    );
  return { ...context, store: { ...context.store, read } };
}
const accepted = (context: WorkContext, collection: string, documents: readonly Given[]) =>
  accept(context, collection, incomingOf(ingestRequest.parse({ collection, documents }).documents), null);
const reaped = async () => {
  const { goOn: _, ...context } = workContext(world);
  await reap({ ...context, goOnAs: null, tellOpen: async () => {} });
};

test('who sees that a job has ended sees its levels, and a long job has some before', async () => {
  const context = workContext(world);
  const jobId = await accepted(context, 'seen', notes(40));
  const seen: { state: string; passages: number }[] = [];
  const write: Store['write'] = async (operation) => {
    const result = await context.store.write(operation);
    const { state } = (await call(ingest, world.env, { path: `/ingest/jobs/${jobId}` })).body as { state: string };
    seen.push({ state, passages: (await levelsOf('seen')).passages });
    return result;
  };
  await work({ ...context, store: { ...context.store, write } }, jobId);
  expect(seen.some(({ state, passages }) => state === 'running' && passages > 0 && passages < 40)).toBe(true);
  expect(seen.filter(({ state }) => state === 'succeeded').map(({ passages }) => passages)).toEqual([40]);
});

test('an ingestion whose measuring fails succeeds, refuses all the same what no passage speaks of, and the reaper measures it', async () => {
  const jobId = await accepted(workContext(world), 'failed', notes(8));
  await work(unableToMeasure(workContext(world)), jobId);
  expect((await call(ingest, world.env, { path: `/ingest/jobs/${jobId}` })).body).toMatchObject({ state: 'succeeded' });
  expect(await levelsOf('failed')).toEqual(NO_LEVELS);
  expect(await answerable('Who won the 1998 world cup?', 'failed')).toBe(false);
  expect(await answerable('Which bolt is tightened when the pump leaks?', 'failed')).toBe(true);
  await reaped();
  expect(await levelsOf('failed')).toMatchObject({ passages: 8 });
});

test('after deletions the reaper measures anew, and leaves alone what has not changed', async () => {
  await put(world, notes(8), 'shrunk');
  const before = await levelsOf('shrunk');
  await reaped();
  expect(await levelsOf('shrunk')).toEqual(before);
  const { store } = workContext(world);
  for (const { id } of notes(3)) await removeDocument(store, 'shrunk', id);
  await reaped();
  expect(await levelsOf('shrunk')).toMatchObject({ passages: 5 });
});

test('contents replaced at the same number of passages are measured anew', async () => {
  await put(world, notes(8), 'replaced');
  const before = await levelsOf('replaced');
  await put(world, notes(8, 'rattles at night'), 'replaced');
  expect(await levelsOf('replaced')).toMatchObject({ passages: 8 });
  expect((await levelsOf('replaced')).sample).not.toEqual(before.sample);
});

test('levels kept by an earlier version, without a sketch, are measured anew once', async () => {
  await put(world, notes(4), 'older');
  await keepEvidenceLevels(workContext(world).store, 'ann.older.v1', { passages: 4, words: null, dense: null });
  await reaped();
  expect((await levelsOf('older')).sample).toHaveLength(4);
});

/** The level of an embedder that is taken for a neural one. */
async function denseLevel(name: string, documents: readonly Given[]): Promise<number | null> {
  await put(world, documents, name);
  const { store, embedder } = workContext(world);
  const collection = await getCollection(store, name);
  const { fingerprint } = collection;
  const embed = (texts: string[]) => embedder.passages(texts, fingerprint, { retried: true });
  await calibrate(store, { ...collection, fingerprint: { ...fingerprint, model: 'some-neural-model' }, evidence: NO_LEVELS }, embed);
  return (await levelsOf(name)).dense;
}
const long = (subject: string) =>
  Array.from({ length: 60 }, (_, i) => `The ${subject} number ${i} was seen beside the ${THINGS[i % 12]} in the morning. `).join('');

test('a neural embedder has a level for a few documents, for long ones, and for ones of a single title; for one document it has none', async () => {
  const three = ['heron', 'otter', 'badger'].map((id) => ({ id, text: long(id) }));
  expect(await denseLevel('three', three)).toEqual(expect.any(Number));
  expect(
    await denseLevel(
      'alike',
      three.map((one) => ({ ...one, title: 'Notes' })),
    ),
  ).toEqual(expect.any(Number));
  expect(await denseLevel('single', three.slice(0, 1))).toBeNull();
});
