import { Failure } from '../failure.ts';
import { UPSERT_BATCH_BYTES, UPSERT_BATCH_POINTS } from '../limits.ts';
import type { SparseVector } from '../retrieval/sparse.ts';
import type { Collection } from './collections.ts';
import { aliasOf, chunkPointId, documentPointId } from './names.ts';
import { filterable, ofDocument, ofKind, ofVersions, type ChunkRecord, type DocumentRecord } from './payload.ts';
import { inCollection, type Store } from './store.ts';

/** A piece of a document with its vectors, ready to be kept. */
export type EmbeddedChunk = { start: number; end: number; text: string; dense: number[]; lexical: SparseVector };
export type Point = { id: string; payload: Record<string, unknown>; vector: Record<string, number[] | SparseVector> };

/** Cuts points into batches that Qdrant's body limit allows, by count and by an upper bound of their JSON size. */
export function batches<T>(points: readonly T[]): T[][] {
  const result: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const point of points) {
    const size = JSON.stringify(point).length * 3; // UTF-8 needs at most three bytes a code unit
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

/** A document's record without its text; null when it does not exist. */
export async function findRecord(store: Store, collection: string, documentId: string): Promise<Omit<DocumentRecord, 'content'> | null> {
  const [point] = await inCollection(collection, () =>
    store.read((api, init) =>
      api.getPoints(
        {
          collection_name: aliasOf(store.tenant, collection),
          ids: [documentPointId(collection, documentId)],
          with_payload: { exclude: ['content'] },
          with_vector: false,
        },
        init,
      ),
    ),
  );
  return point === undefined ? null : (point.payload as Omit<DocumentRecord, 'content'>);
}

/** A document with its text. @throws Failure `collection_not_found`, `document_not_found`. */
export async function getDocument(store: Store, collection: string, documentId: string): Promise<DocumentRecord> {
  const [point] = await inCollection(collection, () =>
    store.read((api, init) =>
      api.getPoints(
        {
          collection_name: aliasOf(store.tenant, collection),
          ids: [documentPointId(collection, documentId)],
          with_payload: true,
          with_vector: false,
        },
        init,
      ),
    ),
  );
  if (point === undefined) throw new Failure({ code: 'document_not_found', documentId });
  return point.payload as DocumentRecord;
}

/** One page of a collection's documents without their texts, in the order of their point ids. @param cursor of the page before. */
export async function listDocuments(
  store: Store,
  collection: string,
  page: { limit: number; cursor: string | null },
): Promise<{ documents: Omit<DocumentRecord, 'content'>[]; nextCursor: string | null }> {
  const { points, next_page_offset } = await inCollection(collection, () =>
    store.read((api, init) =>
      api.scrollPoints(
        {
          collection_name: aliasOf(store.tenant, collection),
          filter: { must: [ofKind('document')] },
          limit: page.limit,
          ...(page.cursor !== null && { offset: page.cursor }),
          with_payload: { exclude: ['content'] },
          with_vector: false,
        },
        init,
      ),
    ),
  );
  return {
    documents: points.map((point) => point.payload as Omit<DocumentRecord, 'content'>),
    nextCursor: typeof next_page_offset === 'string' ? next_page_offset : null,
  };
}

async function countChunks(store: Store, alias: string, documentId: string, version?: string): Promise<number> {
  const must = [ofKind('chunk'), ofDocument(documentId), ...(version === undefined ? [] : [ofVersions([version])])];
  const { count } = await store.read((api, init) => api.countPoints({ collection_name: alias, filter: { must }, exact: true }, init));
  return count;
}

/** Writes the chunks of a version, which readers do not see before `publish`. */
export async function writeChunks(
  store: Store,
  collection: Collection,
  document: Pick<DocumentRecord, 'documentId' | 'version' | 'title' | 'url' | 'metadata'>,
  chunks: readonly EmbeddedChunk[],
): Promise<void> {
  const { documentId, version, title, url, metadata } = document;
  const points = chunks.map(({ start, end, text, dense, lexical }): Point => {
    const payload: ChunkRecord = { kind: 'chunk', documentId, version, text, start, end, title, url, metadata, ...filterable(metadata) };
    return { id: chunkPointId(collection.name, documentId, version, start, text), payload, vector: { dense, lexical } };
  });
  await upsert(store, aliasOf(store.tenant, collection.name), points);
}

/**
 * Switches a document to a version whose chunks are written: first proves that all are there, then replaces the record (one point, so
 * readers see the whole old or the whole new version), then removes the chunks of the versions it replaced.
 *
 * @throws Error when chunks are missing; the document then still has its old version.
 */
export async function publish(store: Store, collection: Collection, record: Omit<DocumentRecord, 'kind' | 'stale'>): Promise<void> {
  const alias = aliasOf(store.tenant, collection.name);
  const written = await countChunks(store, alias, record.documentId, record.version);
  if (written !== record.chunks) throw new Error(`${written} of ${record.chunks} chunks are there`);
  const before = await findRecord(store, collection.name, record.documentId);
  const replaced = before === null ? [] : [...new Set([...before.stale, before.version])].filter((version) => version !== record.version);
  const payload: DocumentRecord = { kind: 'document', ...record, stale: replaced };
  await upsert(store, alias, [{ id: documentPointId(collection.name, record.documentId), payload, vector: {} }]);
  if (replaced.length > 0) await sweep(store, collection.name, { ...payload, stale: replaced });
}

/** Removes the chunks of replaced versions and then forgets those versions; harmless to repeat. */
export async function sweep(
  store: Store,
  collection: string,
  record: Pick<DocumentRecord, 'documentId' | 'version' | 'stale'>,
): Promise<void> {
  if (record.stale.length === 0) return;
  const alias = aliasOf(store.tenant, collection);
  const filter = { must: [ofKind('chunk'), ofDocument(record.documentId), ofVersions(record.stale)] };
  await store.write((api, init) => api.deletePoints({ collection_name: alias, wait: true, filter }, init));
  const points = [documentPointId(collection, record.documentId)];
  await store.write((api, init) => api.setPayload({ collection_name: alias, wait: true, payload: { stale: [] }, points }, init));
}

/**
 * Deletes a document: its record first, so that readers lose it whole, then every chunk of every version, and counts that none is left.
 *
 * @returns how many chunks were removed. @throws Failure `collection_not_found`, `document_not_found`.
 */
export async function deleteDocument(store: Store, collection: string, documentId: string): Promise<number> {
  const alias = aliasOf(store.tenant, collection);
  const [record, chunks] = await inCollection(collection, () =>
    Promise.all([findRecord(store, collection, documentId), countChunks(store, alias, documentId)]),
  );
  if (record === null && chunks === 0) throw new Failure({ code: 'document_not_found', documentId });
  const points = [documentPointId(collection, documentId)];
  await store.write((api, init) => api.deletePoints({ collection_name: alias, wait: true, points }, init));
  const filter = { must: [ofKind('chunk'), ofDocument(documentId)] };
  await store.write((api, init) => api.deletePoints({ collection_name: alias, wait: true, filter }, init));
  const left = await countChunks(store, alias, documentId);
  if (left > 0) throw new Error(`${left} chunks are left of a deleted document`);
  return chunks;
}
