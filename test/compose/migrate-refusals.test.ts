import { describe, expect, test } from 'vitest';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { aliases, all, from, LAID_OUT, POINTS, run, source, to, useTwoQdrants, uuid } from './two-qdrants.ts';

// Between two stand-ins. What is asked of the source is kept, so that a write to it would be seen.

useTwoQdrants();

/** A run during which something changes, once as many points as `when` says are copied; it goes on when that is done. */
function disturbed(when: (copied: number) => boolean, change: () => Promise<unknown>) {
  let changing = Promise.resolve<unknown>(null);
  return run({
    collections: ['ann.docs'],
    rate: 256,
    clock: () => 0,
    progress: (_, { copied }) => {
      if (when(copied)) changing = change();
    },
    sleep: async () => void (await changing),
  });
}

describe('what is not alike is not switched to', () => {
  /** Changes the target behind the run's back, after the last page and before the verification. */
  const tampered = (change: () => Promise<unknown>) => disturbed((copied) => copied > 700 && copied < POINTS, change);

  test('a point that was lost', async () => {
    await expect(tampered(() => to.delete('ann.docs.v2', { wait: true, points: [uuid(1)] }))).rejects.toThrow(
      `ann.docs.v2: the target lacks 1 of ${POINTS} points, such as ${uuid(1)}: run again`,
    );
    expect(await aliases()).toEqual([]);
    await run({ collections: ['ann.docs'] });
    expect(await aliases()).toEqual(['ann.docs → ann.docs.v2']);
  });

  test('as many points, but not the same ones', async () => {
    const other = { id: uuid(7000), payload: {}, vector: {} };
    const swap = async () => {
      await to.delete('ann.docs.v2', { wait: true, points: [uuid(1)] });
      await to.upsert('ann.docs.v2', { wait: true, points: [other] });
    };
    await expect(tampered(swap)).rejects.toThrow(`the target lacks 1 of ${POINTS} points, such as ${uuid(1)}`);
    expect(await aliases()).toEqual([]);
    await run({ collections: ['ann.docs'] });
    expect(await all(to)).toEqual(await all(from));
  });

  test('a collection that was there before, with points that the source has not, is not deleted', async () => {
    const { vectors, sparse_vectors } = (await from.getCollection('ann.docs.v2')).config.params;
    await to.createCollection('ann.docs.v2', { vectors: vectors!, sparse_vectors: sparse_vectors!, ...LAID_OUT });
    const own = { id: uuid(7000), payload: { of: 'somebody' }, vector: {} };
    await to.upsert('ann.docs.v2', { wait: true, points: [own] });
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(run({ collections: ['ann.docs'] })).rejects.toThrow(
        `has 1 points that the source has not, such as ${own.id}: delete the`,
      );
    expect(await to.retrieve('ann.docs.v2', { ids: [own.id] })).toHaveLength(1);
    await to.delete('ann.docs.v2', { wait: true, points: [own.id] });
    await run({ collections: ['ann.docs'] });
    expect((await to.getCollection('ann.docs.v2')).config.metadata).toEqual({ rag: { collection: 'docs', generation: 2 } });
  });

  test('payloads that differ', async () => {
    const spoil = () =>
      to.setPayload('ann.docs.v2', {
        wait: true,
        payload: { text: 'other' },
        filter: { must: [{ key: 'kind', match: { value: 'chunk' } }] },
      });
    await expect(tampered(spoil)).rejects.toThrow(/the payload of point .* differs/);
    expect(await aliases()).toEqual([]);
  });

  test('vectors that differ', async () => {
    const points = Array.from({ length: 600 }, (_, i) => ({ id: uuid(i), vector: { dense: [1, 2, 3, 4] } }));
    await expect(tampered(() => to.updateVectors('ann.docs.v2', { wait: true, points }))).rejects.toThrow(/the vectors of point .* differ/);
    expect(await aliases()).toEqual([]);
  });
});

test('a source that was written to meanwhile is told', async () => {
  const more = { id: uuid(5000), payload: {}, vector: {} };
  const done = disturbed(
    (copied) => copied < 300,
    () => from.upsert('ann.docs.v2', { wait: true, points: [more] }),
  );
  await expect(done).rejects.toThrow(`was written to while it was copied (${POINTS} points, now ${POINTS + 1}): stop writing, run again`);
  await from.delete('ann.docs.v2', { wait: true, points: [more.id] });
});

test.each([
  [
    'a collection of other vectors',
    () => to.createCollection('ann.docs.v2', { vectors: { size: 3, distance: 'Dot' } }),
    'with other vectors',
  ],
  [
    'a collection of fewer copies',
    async () => {
      const { vectors, sparse_vectors } = (await from.getCollection('ann.docs.v2')).config.params;
      await to.createCollection('ann.docs.v2', { vectors: vectors!, sparse_vectors: sparse_vectors!, shard_number: 6 });
    },
    'ann.docs.v2 has 1 copies, not 3: delete it there, or say --replication 1, then run again',
  ],
  [
    'an alias in use',
    async () => {
      await to.createCollection('other', { vectors: {} });
      await to.updateCollectionAliases({ actions: [{ create_alias: { collection_name: 'other', alias_name: 'ann.docs' } }] });
    },
    'alias ann.docs leads to other already',
  ],
])('with %s in the target nothing is begun', async (_, before, message) => {
  await before();
  const had = await to.getCollections();
  await expect(run()).rejects.toThrow(message);
  expect(await to.getCollections()).toEqual(had);
});

test("a key that is missing is told in Qdrant's own words, at once", async () => {
  const locked = await startQdrant({ dataDir: null, apiKey: 'the-key-of-the-cluster' });
  const pauses: number[] = [];
  const place = { url: locked.url, apiKey: null };
  await expect(run({ to: place, sleep: async (ms) => void pauses.push(ms) })).rejects.toThrow(/refuses \(401\): (?!without)/);
  await run({ to: { ...place, apiKey: 'the-key-of-the-cluster' }, dryRun: true });
  await locked.close();
  expect(pauses).toEqual([]);
});

test('what there is not is named', async () => {
  await expect(run({ collections: ['nothing'] })).rejects.toThrow('no collection or alias nothing; it has _rag_jobs, ann.docs.v2');
});

test('the source under another name is no target', async () => {
  const { port } = new URL(source.url);
  for (const url of [source.url, `http://localhost:${port}`, `http://127.0.0.2:${port}`])
    await expect(run({ to: { url, apiKey: null } }), url).rejects.toThrow('are the same Qdrant');
});
