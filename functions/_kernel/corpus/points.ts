import { UPSERT_BATCH_BYTES, UPSERT_BATCH_POINTS } from '../limits.ts';
import type { SparseVector } from '../retrieval/sparse.ts';
import type { Store } from './store.ts';

export type Point = { id: string; payload: Record<string, unknown>; vector: Record<string, number[] | SparseVector> };

/** An upper bound of a point's size as JSON: UTF-8 needs at most three bytes a code unit, and a float about 20 digits. */
function bytesOf({ payload, vector }: Point): number {
  const floats = Object.values(vector).reduce((sum, one) => sum + (Array.isArray(one) ? one.length : one.indices.length * 2), 0);
  return JSON.stringify(payload).length * 3 + floats * 22;
}

/** Cuts points into batches that Qdrant's body limit allows, by count and by bytes. */
export function batches(points: readonly Point[]): Point[][] {
  const result: Point[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const point of points) {
    const size = bytesOf(point);
    if (bytes + size > UPSERT_BATCH_BYTES || result.at(-1)!.length >= UPSERT_BATCH_POINTS) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)!.push(point);
    bytes += size;
  }
  return result;
}

/** Writes points and waits until they are applied. */
export async function upsert(store: Store, collectionName: string, points: readonly Point[]): Promise<void> {
  for (const batch of batches(points)) {
    await store.write((api, init) => api.upsertPoints({ collection_name: collectionName, wait: true, points: batch }, init));
  }
}

/** Sets parts of several points' payloads in one request. */
export async function setPayloads(
  store: Store,
  collectionName: string,
  changes: readonly { id: string; payload: Record<string, unknown> }[],
): Promise<void> {
  if (changes.length === 0) return;
  const operations = changes.map(({ id, payload }) => ({ set_payload: { payload, points: [id] } }));
  await store.write((api, init) => api.batchUpdate({ collection_name: collectionName, wait: true, operations }, init));
}
