import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Schemas } from '@qdrant/js-client-rest';
import { MigrationError, orNull, type Ask } from './ask.ts';

/** How the copies of a collection lie in the target; null leaves it to Qdrant. */
export type Layout = { shards: number | null; replication: number | null; writeConsistency: number | null };

type Creation = Schemas['CreateCollection'];
type Info = Schemas['CollectionInfo'];

/** What a collection is, apart from its points. */
export type Definition = {
  name: string;
  creation: Creation;
  indexes: [field: string, schema: Schemas['PayloadFieldSchema']][];
  points: number;
};

/** Undefined in place of null, which a creation does not take. */
const given = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

function creationOf(name: string, { config }: Info): Creation {
  const { params, hnsw_config, optimizer_config, quantization_config, strict_mode_config } = config;
  if (params.sharding_method === 'custom')
    throw new MigrationError(`${name} is sharded by keys of its own, which this does not move; use a snapshot.`);
  return {
    vectors: params.vectors ?? {},
    sparse_vectors: given(params.sparse_vectors),
    on_disk_payload: given(params.on_disk_payload),
    hnsw_config,
    optimizers_config: optimizer_config,
    quantization_config: given(quantization_config),
    strict_mode_config: given(strict_mode_config),
    metadata: given(config.metadata),
  };
}

/** Reads what a collection of the source is. @throws MigrationError when there is none. */
export async function define(source: Ask, name: string): Promise<Definition> {
  const info = await orNull(source((api, init) => api.getCollection({ collection_name: name }, init)));
  if (info === null) throw new MigrationError(`The source has no collection ${name}.`);
  const { count } = await source((api, init) => api.countPoints({ collection_name: name, exact: true }, init));
  const indexes = Object.entries(info.payload_schema).map(([field, index]): Definition['indexes'][number] => [
    field,
    (index?.params ?? index!.data_type) as Schemas['PayloadFieldSchema'],
  ]);
  return { name, creation: creationOf(name, info), indexes, points: count };
}

/** What tells whether a source was written to: how many points it has, and its metadata, in which this service keeps a revision. */
export function stateOf({ points, creation }: Definition): string {
  const digest = createHash('sha256').update(JSON.stringify(creation.metadata ?? null));
  return `${points} points, ${digest.digest('hex').slice(0, 16)}`;
}

/** The layout of a collection that is there, where it is not the one wanted. */
function otherLayout(wanted: Layout, { config: { params } }: Info): string | null {
  const found: [what: string, wanted: number | null, is: number, flag: string][] = [
    ['shards', wanted.shards, params.shard_number ?? 1, '--shards'],
    ['copies', wanted.replication, params.replication_factor ?? 1, '--replication'],
    ['copies that acknowledge a write', wanted.writeConsistency, params.write_consistency_factor ?? 1, '--write-consistency'],
  ];
  const other = found.find(([, want, is]) => want !== null && want !== is);
  return other === undefined ? null : `${other[2]} ${other[0]}, not ${other[1]}: delete it there, or say ${other[3]} ${other[2]}`;
}

/** Whether the target has the collection already: with the same vectors and layout, or the migration ends here. */
export async function isThere(target: Ask, { name, creation }: Definition, layout: Layout): Promise<boolean> {
  const info = await orNull(target((api, init) => api.getCollection({ collection_name: name }, init)));
  if (info === null) return false;
  const there = creationOf(name, info);
  const same = isDeepStrictEqual(there.vectors, creation.vectors) && isDeepStrictEqual(there.sparse_vectors, creation.sparse_vectors);
  if (!same) throw new MigrationError(`The target has a collection ${name} with other vectors: delete or rename it there, then run again.`);
  const other = otherLayout(layout, info);
  if (other !== null) throw new MigrationError(`The target's collection ${name} has ${other}, then run again.`);
  return true;
}

/** Creates a collection of the same vectors, quantization, metadata and payload indexes in the target; harmless to repeat. */
export async function create(target: Ask, definition: Definition, layout: Layout): Promise<void> {
  const { name, creation, indexes } = definition;
  const placed = {
    ...(layout.shards !== null && { shard_number: layout.shards }),
    ...(layout.replication !== null && { replication_factor: layout.replication }),
    ...(layout.writeConsistency !== null && { write_consistency_factor: layout.writeConsistency }),
  };
  if (!(await isThere(target, definition, layout)))
    await target((api, init) => api.createCollection({ collection_name: name, ...creation, ...placed }, init));
  // Before the points: an index that is there while they come costs less than one built over all of them.
  for (const [field_name, field_schema] of indexes)
    await target((api, init) => api.createFieldIndex({ collection_name: name, wait: true, field_name, field_schema }, init));
}

/** Gives the target's collection the source's metadata; a collection that was there before has its own. */
export async function copyMetadata(target: Ask, { name, creation }: Definition): Promise<void> {
  const { config } = await target((api, init) => api.getCollection({ collection_name: name }, init));
  const [is, wanted] = [config.metadata ?? {}, creation.metadata ?? {}];
  if (isDeepStrictEqual(is, wanted)) return;
  // Keys are merged, and null takes one away.
  const gone = Object.fromEntries(Object.keys(is).map((key) => [key, null]));
  await target((api, init) => api.updateCollection({ collection_name: name, metadata: { ...gone, ...wanted } }, init));
}

/** What the target's own nodes suggest: three copies, two of which acknowledge, where there are three nodes; a single node has one. */
export async function suggestedLayout(target: Ask): Promise<Layout> {
  const cluster = await target((api, init) => api.clusterStatus({}, init));
  if (cluster.status !== 'enabled') return { shards: null, replication: null, writeConsistency: null };
  const replication = Math.min(3, Object.keys(cluster.peers).length);
  return { shards: null, replication, writeConsistency: replication >= 3 ? 2 : 1 };
}
