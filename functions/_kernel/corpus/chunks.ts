import type { SparseVector } from '../retrieval/sparse.ts';
import { chunkPointId } from './names.ts';
import { filterable, ofDocuments, ofKind, ofVersions, type ChunkRecord, type DocumentRecord } from './payload.ts';
import { upsert, type Point } from './points.ts';
import type { Store } from './store.ts';

/** A piece of a document with its vectors, ready to be kept. */
export type EmbeddedChunk = Omit<ChunkRecord, 'kind' | 'labels' | 'numbers'> & { dense: number[]; lexical: SparseVector };
/** A chunk that is kept, with the vector it has, to be used again where the same text comes again. */
export type KnownChunk = Pick<ChunkRecord, 'documentId' | 'version' | 'text' | 'headings' | 'title'> & { dense: number[] };

/** Chunks read with their vectors at a time: about 4 MB of JSON at 768 dimensions. */
const PAGE = 256;

/** Writes chunks of versions, which readers do not see before their documents' records are published. */
export async function writeChunks(store: Store, physical: string, collection: string, chunks: readonly EmbeddedChunk[]): Promise<void> {
  const points = chunks.map(({ dense, lexical, ...rest }): Point => {
    const payload: ChunkRecord = { kind: 'chunk', ...rest, ...filterable(rest.metadata) };
    return { id: chunkPointId(collection, rest.documentId, rest.version, rest.start, rest.text), payload, vector: { dense, lexical } };
  });
  await upsert(store, physical, points);
}

/** One page of the chunks of documents, of every version that is still there, with their dense vectors. */
async function pageOfChunks(
  store: Store,
  physical: string,
  documentIds: string[],
  cursor: string | null,
): Promise<{ chunks: KnownChunk[]; nextCursor: string | null }> {
  const { points, next_page_offset } = await store.read((api, init) =>
    api.scrollPoints(
      {
        collection_name: physical,
        filter: { must: [ofKind('chunk'), ofDocuments(documentIds)] },
        limit: PAGE,
        ...(cursor !== null && { offset: cursor }),
        with_payload: ['documentId', 'version', 'text', 'headings', 'title'],
        with_vector: ['dense'],
      },
      init,
    ),
  );
  const chunks = points.map(({ payload, vector }): KnownChunk => ({
    ...(payload as Omit<KnownChunk, 'dense'>),
    dense: (vector as { dense: number[] }).dense,
  }));
  return { chunks, nextCursor: typeof next_page_offset === 'string' ? next_page_offset : null };
}

/** All chunks of documents, of every version that is still there, with their dense vectors. */
export async function knownChunks(store: Store, physical: string, documentIds: string[]): Promise<KnownChunk[]> {
  const found: KnownChunk[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof pageOfChunks>> = await pageOfChunks(store, physical, documentIds, cursor);
    found.push(...page.chunks);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

/** How many chunks of given versions each document has, counted exactly in one request. */
export async function countVersions(
  store: Store,
  physical: string,
  documents: readonly Pick<DocumentRecord, 'documentId' | 'version'>[],
): Promise<Map<string, number>> {
  const filter = {
    must: [ofKind('chunk'), ofDocuments(documents.map((one) => one.documentId)), ofVersions(documents.map((one) => one.version))],
  };
  const { hits } = await store.read((api, init) =>
    api.facet({ collection_name: physical, key: 'documentId', filter, limit: documents.length, exact: true }, init),
  );
  return new Map(hits.map(({ value, count }) => [String(value), count]));
}

/** Removes the chunks of given versions; a version belongs to one document only. */
export async function deleteVersions(store: Store, physical: string, versions: string[]): Promise<void> {
  const filter = { must: [ofKind('chunk'), ofVersions(versions)] };
  await store.write((api, init) => api.deletePoints({ collection_name: physical, wait: true, filter }, init));
}

/** Removes every chunk of a document, whatever its version. */
export async function deleteChunks(store: Store, physical: string, documentId: string): Promise<void> {
  const filter = { must: [ofKind('chunk'), ofDocuments([documentId])] };
  await store.write((api, init) => api.deletePoints({ collection_name: physical, wait: true, filter }, init));
}

/** All chunks of a document, counted exactly. */
export async function countChunks(store: Store, physical: string, documentId: string): Promise<number> {
  const filter = { must: [ofKind('chunk'), ofDocuments([documentId])] };
  const { count } = await store.read((api, init) => api.countPoints({ collection_name: physical, filter, exact: true }, init));
  return count;
}
