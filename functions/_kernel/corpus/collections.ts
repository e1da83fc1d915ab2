import { Failure } from '../failure.ts';
import { NUMBER_INDEXES_MAX } from '../limits.ts';
import { NO_LEVELS } from '../retrieval/gate.ts';
import { NO_CHOICE, type Choice, type Fingerprint } from './fingerprint.ts';
import { aliasOf, collectionOf, isGeneration, physicalOf } from './names.ts';
import { KEYWORD_INDEXES, numberIndex, ofKind } from './payload.ts';
import { CHANGING, NO_STATISTICS, type KeptLevels, type Statistics, type StatisticsMetadata } from './statistics.ts';
import { inCollection, isConflict, isNotFound, type Store } from './store.ts';

/** What is kept about a collection beside its points: in Qdrant's collection metadata, so that it moves with them. */
export type Stamp = {
  collection: string;
  generation: number;
  description: string | null;
  fingerprint: Fingerprint;
  /** What its maker asked for; a reindexing keeps it. */
  chosen: Choice;
  createdAt: string;
  /** The generation that a running reindexing builds, into which every write goes as well; null when none runs. */
  reindex: { generation: number; jobId: string } | null;
  /** The generation before this one, kept for a roll-back; null when there is none. */
  previous: number | null;
};

export type Collection = {
  name: string;
  description: string | null;
  generation: number;
  /** The physical collection itself, which an alias switch does not move. */
  physical: string;
  fingerprint: Fingerprint;
  chosen: Choice;
  createdAt: string;
  reindex: Stamp['reindex'];
  previous: Stamp['previous'];
  /** `green` serves; `yellow` is optimising; `red` has failed (Qdrant's own words). */
  state: string;
  /** Metadata keys that can be filtered by range. */
  numberKeys: ReadonlySet<string>;
  statistics: Statistics;
  evidence: KeptLevels;
  /** Another text after every write, the empty one before the first; null while the contents change, or when that was cut off. */
  revision: string | null;
};

async function addIndex(store: Store, physical: string, field: string, type: 'keyword' | 'float'): Promise<void> {
  await store.write((api, init) =>
    api.createFieldIndex({ collection_name: physical, wait: true, field_name: field, field_schema: type }, init),
  );
}

/** Creates a physical collection with its payload indexes, or finishes one whose creation was cut off. */
export async function createPhysical(store: Store, physical: string, stamp: Stamp): Promise<void> {
  try {
    await store.write((api, init) =>
      api.createCollection(
        {
          collection_name: physical,
          vectors: { dense: { size: stamp.fingerprint.dimension, distance: 'Cosine' } },
          sparse_vectors: { lexical: { modifier: 'idf' } },
          metadata: { rag: stamp },
          ...store.placement,
        },
        init,
      ),
    );
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  for (const field of KEYWORD_INDEXES) await addIndex(store, physical, field, 'keyword');
}

/** Makes readers and writers see a physical collection under the collection's name, in one action. */
export async function pointAlias(store: Store, name: string, physical: string): Promise<void> {
  const create_alias = { collection_name: physical, alias_name: aliasOf(store.tenant, name) };
  await store.write((api, init) => api.updateAliases({ actions: [{ create_alias }] }, init));
}

/**
 * Creates a collection: named vectors `dense` (cosine) and `lexical` (sparse, IDF by Qdrant), payload indexes, then the alias.
 *
 * It exists once its alias does, so a creation that was cut off is finished by the next one.
 * @throws Failure `collection_exists`.
 */
export async function createCollection(
  store: Store,
  input: { name: string; description: string | null; fingerprint: Fingerprint; chosen: Choice; createdAt: string },
): Promise<Collection> {
  const { name, ...rest } = input;
  if ((await findCollection(store, name)) !== null) throw new Failure({ code: 'collection_exists', collection: name });
  const physical = physicalOf(store.tenant, name, 1);
  const stamp: Stamp = { collection: name, generation: 1, ...rest, reindex: null, previous: null };
  await createPhysical(store, physical, stamp);
  await pointAlias(store, name, physical);
  return { name, ...stamp, physical, state: 'green', numberKeys: new Set(), statistics: NO_STATISTICS, evidence: NO_LEVELS, revision: '' };
}

async function find(store: Store, name: string, address: string): Promise<Collection | null> {
  try {
    const info = await store.read((api, init) => api.getCollection({ collection_name: address }, init));
    const {
      rag,
      rag_statistics: statistics = NO_STATISTICS,
      rag_revision = '',
      rag_evidence: evidence = NO_LEVELS,
    } = info.config.metadata as {
      rag: Stamp;
    } & StatisticsMetadata;
    const { collection: _, ...stamp } = { ...rag, chosen: rag.chosen ?? NO_CHOICE };
    const numberKeys = Object.keys(info.payload_schema)
      .filter((key) => key.startsWith('numbers.'))
      .map((key) => key.slice('numbers.'.length));
    const physical = physicalOf(store.tenant, name, stamp.generation);
    const revision = rag_revision === CHANGING ? null : rag_revision;
    return { name, ...stamp, physical, state: info.status, numberKeys: new Set(numberKeys), statistics, evidence, revision };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** A collection by name; null when this tenant has none of that name. */
export async function findCollection(store: Store, name: string): Promise<Collection | null> {
  return find(store, name, aliasOf(store.tenant, name));
}

/** One generation of a collection, whether or not it is the one that readers see; null when it does not exist. */
export async function findGeneration(store: Store, name: string, generation: number): Promise<Collection | null> {
  return find(store, name, physicalOf(store.tenant, name, generation));
}

/** Every generation that a write must reach: the one that readers see, and the one that a reindexing builds. */
export async function generationsOf(store: Store, collection: Collection): Promise<Collection[]> {
  if (collection.reindex === null) return [collection];
  const next = await findGeneration(store, collection.name, collection.reindex.generation);
  return next === null ? [collection] : [collection, next];
}

/** @throws Failure `collection_not_found`. */
export async function getCollection(store: Store, name: string): Promise<Collection> {
  const found = await findCollection(store, name);
  if (found === null) throw new Failure({ code: 'collection_not_found', collection: name });
  return found;
}

/** This tenant's collections, by name. */
export async function listCollections(store: Store): Promise<Collection[]> {
  const { aliases } = await store.read((api, init) => api.getCollectionsAliases({}, init));
  const names = aliases.map(({ alias_name }) => collectionOf(store.tenant, alias_name)).filter((name) => name !== null);
  const found = await Promise.all(names.toSorted().map((name) => findCollection(store, name)));
  return found.filter((collection) => collection !== null);
}

/** Exact numbers of documents and chunks; chunks of a version that is being replaced count as well. */
export async function countCollection(store: Store, name: string): Promise<{ documents: number; chunks: number }> {
  const count = (kind: 'document' | 'chunk') =>
    inCollection(name, () =>
      store.read((api, init) =>
        api.countPoints({ collection_name: aliasOf(store.tenant, name), filter: { must: [ofKind(kind)] }, exact: true }, init),
      ),
    );
  const [documents, chunks] = await Promise.all([count('document'), count('chunk')]);
  return { documents: documents.count, chunks: chunks.count };
}

/** Deletes a collection with everything in it: first its alias, so that readers lose it whole. @throws Failure `collection_not_found`. */
export async function deleteCollection(store: Store, name: string): Promise<void> {
  const alias = aliasOf(store.tenant, name);
  const { aliases } = await store.read((api, init) => api.getCollectionsAliases({}, init));
  const physical = aliases.find(({ alias_name }) => alias_name === alias)?.collection_name;
  if (physical === undefined) throw new Failure({ code: 'collection_not_found', collection: name });
  await store.write((api, init) => api.updateAliases({ actions: [{ delete_alias: { alias_name: alias } }] }, init));
  const { collections } = await store.read((api, init) => api.getCollections({}, init));
  const generations = collections.filter((one) => one.name === physical || isGeneration(store.tenant, name, one.name));
  for (const one of generations) await store.write((api, init) => api.deleteCollection({ collection_name: one.name }, init));
}

/**
 * Makes ranges over these metadata keys possible, for at most 64 keys a collection; a key that has its index already costs nothing.
 *
 * @returns the keys for which there was no room.
 */
export async function indexNumbers(store: Store, collection: Collection, keys: Iterable<string>): Promise<Set<string>> {
  const wanted = [...keys].filter((key) => !collection.numberKeys.has(key)).toSorted();
  const room = Math.max(0, NUMBER_INDEXES_MAX - collection.numberKeys.size);
  for (const key of wanted.slice(0, room)) await addIndex(store, collection.physical, numberIndex(key), 'float');
  return new Set(wanted.slice(room));
}
