import { Failure } from '../failure.ts';
import type { Fingerprint } from './fingerprint.ts';
import { aliasOf, collectionOf, physicalOf } from './names.ts';
import { KEYWORD_INDEXES, numberIndex, ofKind } from './payload.ts';
import { inCollection, isConflict, isNotFound, type Store } from './store.ts';

/** What is kept about a collection beside its points: in Qdrant's collection metadata, so that it moves with them. */
type Stamp = { collection: string; generation: number; description: string | null; fingerprint: Fingerprint; createdAt: string };

export type Collection = {
  name: string;
  description: string | null;
  generation: number;
  fingerprint: Fingerprint;
  createdAt: string;
  /** `green` serves; `yellow` is optimising; `red` has failed (Qdrant's own words). */
  state: string;
  /** Metadata keys that can be filtered by range. */
  numberKeys: ReadonlySet<string>;
};

async function addIndex(store: Store, physical: string, field: string, type: 'keyword' | 'float'): Promise<void> {
  await store.write((api, init) =>
    api.createFieldIndex({ collection_name: physical, wait: true, field_name: field, field_schema: type }, init),
  );
}

/**
 * Creates a collection: named vectors `dense` (cosine) and `lexical` (sparse, IDF by Qdrant), payload indexes, then the alias.
 *
 * It exists once its alias does, so a creation that was cut off is finished by the next one.
 * @throws Failure `collection_exists`.
 */
export async function createCollection(
  store: Store,
  input: { name: string; description: string | null; fingerprint: Fingerprint; createdAt: string },
): Promise<Collection> {
  const { name, description, fingerprint, createdAt } = input;
  if ((await findCollection(store, name)) !== null) throw new Failure({ code: 'collection_exists', collection: name });
  const physical = physicalOf(store.tenant, name, 1);
  const stamp: Stamp = { collection: name, generation: 1, description, fingerprint, createdAt };
  try {
    await store.write((api, init) =>
      api.createCollection(
        {
          collection_name: physical,
          vectors: { dense: { size: fingerprint.dimension, distance: 'Cosine' } },
          sparse_vectors: { lexical: { modifier: 'idf' } },
          metadata: { rag: stamp },
        },
        init,
      ),
    );
  } catch (error) {
    if (!isConflict(error)) throw error; // left over from a creation that was cut off
  }
  for (const field of KEYWORD_INDEXES) await addIndex(store, physical, field, 'keyword');
  await store.write((api, init) =>
    api.updateAliases({ actions: [{ create_alias: { collection_name: physical, alias_name: aliasOf(store.tenant, name) } }] }, init),
  );
  return { name, description, generation: 1, fingerprint, createdAt, state: 'green', numberKeys: new Set() };
}

/** A collection by name; null when this tenant has none of that name. */
export async function findCollection(store: Store, name: string): Promise<Collection | null> {
  try {
    const info = await store.read((api, init) => api.getCollection({ collection_name: aliasOf(store.tenant, name) }, init));
    const { collection: _, ...stamp } = (info.config.metadata as { rag: Stamp }).rag;
    const numberKeys = Object.keys(info.payload_schema)
      .filter((key) => key.startsWith('numbers.'))
      .map((key) => key.slice('numbers.'.length));
    return { name, ...stamp, state: info.status, numberKeys: new Set(numberKeys) };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
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
  await store.write((api, init) => api.deleteCollection({ collection_name: physical }, init));
}

/** Makes ranges over these metadata keys possible; a key that has its index already costs nothing. */
export async function indexNumbers(store: Store, collection: Collection, keys: Iterable<string>): Promise<void> {
  for (const key of keys) {
    if (!collection.numberKeys.has(key)) await addIndex(store, aliasOf(store.tenant, collection.name), numberIndex(key), 'float');
  }
}
