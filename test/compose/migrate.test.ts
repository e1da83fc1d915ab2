import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Mark } from '../../compose/migrate/copy.ts';
import { openMarks } from '../../compose/migrate/marks.ts';
import { migrate, type Options } from '../../compose/migrate/migrate.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';

// Between two stand-ins. What is asked of the source is kept, so that a write to it would be seen.

const POINTS = 900;
/** One look at all ids, to compare them. */
const IDS_PAGES = 1;
const folder = mkdtempSync(join(tmpdir(), 'migrate-'));
const asked: string[] = [];
let source: Awaited<ReturnType<typeof startQdrant>>;
let target: Awaited<ReturnType<typeof startQdrant>>;
let from: QdrantClient;
let to: QdrantClient;
const client = (url: string) => new QdrantClient({ url, port: Number(new URL(url).port), checkCompatibility: false });
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const revise = (generation: number) =>
  fetch(`${source.url}/collections/ann.docs.v2`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { rag: { collection: 'docs', generation } } }),
  });

async function seed(): Promise<void> {
  await from.createCollection('ann.docs.v2', {
    vectors: { dense: { size: 4, distance: 'Cosine' } },
    sparse_vectors: { lexical: { modifier: 'idf' } },
    quantization_config: { scalar: { type: 'int8', always_ram: true } },
    on_disk_payload: false,
  });
  await revise(2);
  await from.createPayloadIndex('ann.docs.v2', { field_name: 'kind', field_schema: 'keyword', wait: true });
  await from.createPayloadIndex('ann.docs.v2', {
    field_name: 'year',
    field_schema: { type: 'integer', range: true, lookup: false },
    wait: true,
  });
  const points = Array.from({ length: POINTS }, (_, i) => ({
    id: uuid(i),
    payload: { kind: i % 9 === 0 ? 'document' : 'chunk', year: 2000 + (i % 30), text: `Lantern ${i}` },
    // A document's record has no vector at all.
    vector:
      i % 9 === 0
        ? {}
        : { dense: [Math.sin(i), Math.cos(i), (i % 7) / 7, 1], lexical: { indices: [i % 50, 100 + (i % 3)], values: [1, 0.5] } },
  }));
  await from.upsert('ann.docs.v2', { wait: true, points });
  await from.createCollection('_rag_jobs', { vectors: {} });
  await from.upsert('_rag_jobs', { wait: true, points: [{ id: uuid(1), payload: { kind: 'job' }, vector: {} }] });
  await from.updateCollectionAliases({ actions: [{ create_alias: { collection_name: 'ann.docs.v2', alias_name: 'ann.docs' } }] });
}

beforeAll(async () => {
  source = await startQdrant({ dataDir: null, log: (line) => asked.push(line) });
  from = client(source.url);
  await seed();
});
beforeEach(async () => {
  await target?.close();
  target = await startQdrant({ dataDir: null });
  to = client(target.url);
  asked.splice(0);
});
afterAll(async () => {
  await Promise.all([source.close(), target.close()]);
  rmSync(folder, { recursive: true });
});

const LAYOUT = { shards: 6, replication: 3, writeConsistency: 2 };
const LAID_OUT = { shard_number: 6, replication_factor: 3, write_consistency_factor: 2 };
const said: string[] = [];
const run = (changes: Partial<Options> = {}): Promise<void> => {
  said.splice(0);
  return migrate({
    from: { url: source.url, apiKey: null },
    to: { url: target.url, apiKey: null },
    collections: [],
    layout: LAYOUT,
    rate: 1_000_000,
    dryRun: false,
    marks: openMarks(folder, source.url, target.url),
    say: (line) => void said.push(line),
    progress: () => {},
    sleep: async () => {},
    ...changes,
  });
};
const all = async (of: QdrantClient) =>
  (await of.scroll('ann.docs.v2', { limit: POINTS + 1, with_payload: true, with_vector: true })).points;
const aliases = async () => (await to.getAliases()).aliases.map(({ alias_name, collection_name }) => `${alias_name} → ${collection_name}`);

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

describe('what is not alike is not switched to', () => {
  /** Changes the target behind the run's back, after the last page and before the verification. */
  const tampered = (change: () => Promise<unknown>) => {
    let changing = Promise.resolve<unknown>(null);
    const done = run({
      collections: ['ann.docs'],
      rate: 256,
      clock: () => 0,
      progress: (_, { copied }) => {
        if (copied > 700 && copied < POINTS) changing = change();
      },
      sleep: async () => void (await changing),
    });
    return done;
  };

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
  let writing = Promise.resolve<unknown>(null);
  const done = run({
    collections: ['ann.docs'],
    rate: 256,
    clock: () => 0,
    progress: (_, { copied }) => {
      if (copied < 300) writing = from.upsert('ann.docs.v2', { wait: true, points: [more] });
    },
    sleep: async () => void (await writing),
  });
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
