import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { openMarks } from '../../compose/migrate/marks.ts';
import { migrate, type Options } from '../../compose/migrate/migrate.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';

// Between two stand-ins. What is asked of the source is kept, so that a write to it would be seen.

export const POINTS = 900;
/** One look at all ids, to compare them. */
export const IDS_PAGES = 1;
export let folder = '';
export const asked: string[] = [];
export let source: Awaited<ReturnType<typeof startQdrant>>;
export let target: Awaited<ReturnType<typeof startQdrant>>;
export let from: QdrantClient;
export let to: QdrantClient;
const client = (url: string) => new QdrantClient({ url, port: Number(new URL(url).port), checkCompatibility: false });
export const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const revise = (generation: number) =>
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

export const LAYOUT = { shards: 6, replication: 3, writeConsistency: 2 };
export const LAID_OUT = { shard_number: 6, replication_factor: 3, write_consistency_factor: 2 };
export const said: string[] = [];
export const run = (changes: Partial<Options> = {}): Promise<void> => {
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
export const all = async (of: QdrantClient) =>
  (await of.scroll('ann.docs.v2', { limit: POINTS + 1, with_payload: true, with_vector: true })).points;
export const aliases = async () =>
  (await to.getAliases()).aliases.map(({ alias_name, collection_name }) => `${alias_name} → ${collection_name}`);

/** Opens a source with a collection to be moved, and for each test an empty target. */
export function useTwoQdrants(): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'migrate-'));
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
}
