import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Mark } from '../../compose/migrate/copy.ts';
import { openMarks } from '../../compose/migrate/marks.ts';
import type { Options } from '../../compose/migrate/migrate.ts';
import {
  POINTS,
  IDS_PAGES,
  folder,
  asked,
  source,
  target,
  from,
  to,
  uuid,
  revise,
  LAID_OUT,
  said,
  run,
  all,
  aliases,
  useTwoQdrants,
} from './two-qdrants.ts';

// Between two stand-ins. What is asked of the source is kept, so that a write to it would be seen.

useTwoQdrants();

test('everything arrives: points, vectors, payloads, indexes, quantization and metadata, laid out as the cluster wants it, and the alias', async () => {
  await run();
  expect(await all(to)).toEqual(await all(from));
  const [there, here] = await Promise.all([from.getCollection('ann.docs.v2'), to.getCollection('ann.docs.v2')]);
  const { vectors, sparse_vectors, shard_number, replication_factor, write_consistency_factor } = here.config.params;
  expect({ vectors, sparse_vectors }).toEqual({ vectors: there.config.params.vectors, sparse_vectors: there.config.params.sparse_vectors });
  expect({ shard_number, replication_factor, write_consistency_factor }).toEqual(LAID_OUT);
  expect(here.config.quantization_config).toEqual(there.config.quantization_config);
  expect(here.config.metadata).toEqual({ rag: { collection: 'docs', generation: 2 } });
  expect(here.payload_schema).toEqual(there.payload_schema);
  expect((await to.count('_rag_jobs')).count).toBe(1);
  expect(await aliases()).toEqual(['ann.docs → ann.docs.v2']);
  expect(said.join('\n')).toMatch(/^ann\.docs\.v2: 900 points, 100 compared with their vectors, \d+ searches alike$/m);
  expect(readdirSync(folder)).toEqual([]);
});

test('the source is only read', async () => {
  await run();
  const writes = asked.filter((line) => !/^(GET |POST \/collections\/[^/ ]+\/points(\/(scroll|count|query))?[ ?])/.test(line));
  expect(asked.length).toBeGreaterThan(5);
  expect(writes).toEqual([]);
});

test('a dry run says what it would do and changes nothing', async () => {
  await run({ dryRun: true });
  expect(said).toEqual([
    '_rag_jobs: 1 points, 0 payload indexes; will be created: 6 shards, 3 copies, 2 acknowledge a write',
    `ann.docs.v2: ${POINTS} points, 2 payload indexes; will be created: 6 shards, 3 copies, 2 acknowledge a write`,
    'Nothing was changed. Aliases to be made: ann.docs.',
  ]);
  expect((await to.getCollections()).collections).toEqual([]);
});

test('one collection is moved by its alias; the others stay where they are', async () => {
  await run({ collections: ['ann.docs'] });
  expect((await to.getCollections()).collections.map(({ name }) => name)).toEqual(['ann.docs.v2']);
});

describe('a run that is cut off', () => {
  /** Marks that kill the run after so many pages, as a process that dies right after an acknowledged write. */
  const dying = (pages: number): Options['marks'] => {
    const kept = openMarks(folder, source.url, target.url);
    let left = pages;
    return {
      ...kept,
      keep(collection: string, mark: Mark) {
        if (left-- === 0) throw new Error('killed');
        kept.keep(collection, mark);
      },
    };
  };

  // The first mark is that of the new collection.
  test.each([
    [0, 5],
    [2, 4],
  ])('after %i pages goes on where it was, switches nothing before the end, and ends the same', async (pages, left) => {
    await expect(run({ collections: ['ann.docs'], marks: dying(1 + pages) })).rejects.toThrow('killed');
    expect(await aliases()).toEqual([]);
    asked.splice(0);
    await run({ collections: ['ann.docs'] });
    expect(asked.filter((line) => line.includes('/points/scroll')).length).toBe(left + IDS_PAGES);
    expect(await all(to)).toEqual(await all(from));
    expect(await aliases()).toEqual(['ann.docs → ann.docs.v2']);
  });

  test('a source that was written to in between is copied anew: nothing stale stays, nothing new is missing', async () => {
    await expect(run({ collections: ['ann.docs'], marks: dying(3) })).rejects.toThrow('killed');
    const [gone, come] = [[10, 11, 12].map(uuid), [0, 1, 2].map((n) => uuid(n).replace('8000', '8f00'))];
    const kept = await from.retrieve('ann.docs.v2', { ids: gone, with_payload: true, with_vector: true });
    await from.delete('ann.docs.v2', { wait: true, points: gone });
    await from.upsert('ann.docs.v2', { wait: true, points: come.map((id) => ({ id, payload: {}, vector: {} })) });
    await revise(3);
    await run({ collections: ['ann.docs'] });
    expect(said.join('\n')).toContain('the copy is made anew');
    expect(await all(to)).toEqual(await all(from));
    expect((await to.getCollection('ann.docs.v2')).config.metadata).toEqual({ rag: { collection: 'docs', generation: 3 } });
    await from.delete('ann.docs.v2', { wait: true, points: come });
    await from.upsert('ann.docs.v2', {
      wait: true,
      points: kept.map(({ id, payload, vector }) => ({ id, payload: payload ?? {}, vector: (vector ?? {}) as { dense: number[] } })),
    });
    await revise(2);
  });

  test('a target that was emptied meanwhile is filled from the beginning', async () => {
    await expect(run({ collections: ['ann.docs'], marks: dying(2) })).rejects.toThrow('killed');
    await to.deleteCollection('ann.docs.v2');
    await run({ collections: ['ann.docs'] });
    expect((await to.count('ann.docs.v2')).count).toBe(POINTS);
  });
});

test('a target that goes away and comes back costs only time', async () => {
  const pauses: number[] = [];
  await run({
    progress: (collection, { copied }) => {
      if (collection === 'ann.docs.v2' && copied < 300) void target.faults.set({ mode: 'down' });
    },
    sleep: async (ms) => {
      pauses.push(ms);
      if (pauses.length === 3) await target.faults.set({ mode: 'up' });
    },
  });
  expect(pauses).toEqual([250, 500, 1000]);
  expect(await all(to)).toEqual(await all(from));
});

test('one that stays away ends the run with what to do', async () => {
  const away = run({ progress: () => void target.faults.set({ mode: 'down' }) });
  await expect(away).rejects.toThrow('does not answer. What is copied stays; run the same command again');
});

test('it is paced: a page is followed by the time its points should have taken', async () => {
  const pauses: number[] = [];
  await run({ collections: ['ann.docs'], rate: 256, clock: () => 0, sleep: async (ms) => void pauses.push(ms) });
  expect(pauses).toEqual([64, 320, 576, 832].map((points) => (points / 256) * 1000));
});
