import { createPhysical, findGeneration, indexNumbers, pointAlias, type Collection, type Stamp } from './collections.ts';
import type { Fingerprint } from './fingerprint.ts';
import { isGeneration, physicalOf } from './names.ts';
import type { Store } from './store.ts';

// A collection is rebuilt as another physical collection, its next generation, while readers go on with the one they see.

async function setStamp(store: Store, collection: Collection, change: Partial<Stamp>): Promise<void> {
  const { name, generation, description, fingerprint, chosen, createdAt, reindex, previous, physical } = collection;
  const rag: Stamp = { collection: name, generation, description, fingerprint, chosen, createdAt, reindex, previous, ...change };
  await store.write((api, init) => api.updateCollection({ collection_name: physical, metadata: { rag } }, init));
}

async function generationNumbers(store: Store, name: string): Promise<number[]> {
  const { collections } = await store.read((api, init) => api.getCollections({}, init));
  return collections
    .filter((one) => isGeneration(store.tenant, name, one.name))
    .map((one) => Number(one.name.slice(one.name.lastIndexOf('.v') + 2)));
}

/** The number that the next generation of a collection will have. */
export async function nextGeneration(store: Store, collection: Collection): Promise<number> {
  return Math.max(collection.generation, ...(await generationNumbers(store, collection.name))) + 1;
}

/**
 * Makes the next generation of a collection, or takes up one that exists, and lets every write go to both from here on.
 *
 * @param fingerprint what a new generation is indexed with.
 */
export async function beginReindex(
  store: Store,
  collection: Collection,
  input: { generation: number; fingerprint: Fingerprint; jobId: string },
): Promise<void> {
  const { generation, fingerprint, jobId } = input;
  const { name, description, chosen, createdAt } = collection;
  if ((await findGeneration(store, name, generation)) === null) {
    const stamp = {
      collection: name,
      generation,
      description,
      chosen,
      createdAt,
      fingerprint,
      reindex: null,
      previous: collection.generation,
    };
    await createPhysical(store, physicalOf(store.tenant, name, generation), stamp);
  }
  const next = await findGeneration(store, name, generation);
  if (next !== null) await indexNumbers(store, next, collection.numberKeys);
  await setStamp(store, collection, { reindex: { generation, jobId } });
}

/** Lets readers see the next generation, in one action, keeps this one for a roll-back, and drops those before it. */
export async function switchGeneration(store: Store, collection: Collection, next: Collection): Promise<void> {
  await setStamp(store, next, { reindex: null, previous: collection.generation });
  await pointAlias(store, collection.name, next.physical);
  await setStamp(store, collection, { reindex: null });
  const kept = new Set([collection.generation, next.generation]);
  for (const generation of await generationNumbers(store, collection.name)) {
    if (!kept.has(generation)) await dropGeneration(store, collection.name, generation);
  }
}

/** Ends a reindexing without a switch; what it built so far is dropped, unless it is the generation kept for a roll-back. */
export async function abandonReindex(store: Store, collection: Collection): Promise<void> {
  const { reindex, previous } = collection;
  if (reindex === null) return;
  await setStamp(store, collection, { reindex: null });
  if (reindex.generation !== previous) await dropGeneration(store, collection.name, reindex.generation);
}

async function dropGeneration(store: Store, name: string, generation: number): Promise<void> {
  await store.write((api, init) => api.deleteCollection({ collection_name: physicalOf(store.tenant, name, generation) }, init));
}
