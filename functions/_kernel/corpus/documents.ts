import { Failure } from '../failure.ts';
import { countChunks, countVersions, deleteChunks, deleteVersions } from './chunks.ts';
import { aliasOf, documentPointId } from './names.ts';
import { ofKind, type DocumentRecord } from './payload.ts';
import { setPayloads, upsert } from './points.ts';
import { beginRevision, moveRevision } from './statistics.ts';
import { inCollection, type Store } from './store.ts';

/** A document's record without its text. */
export type DocumentHead = Omit<DocumentRecord, 'content'>;
/** A version that is written and is to become the current one. */
export type Publication = Omit<DocumentRecord, 'kind' | 'stale'>;

/** The records of documents, without their texts, by document id; those that do not exist are absent. */
export async function findRecords(
  store: Store,
  physical: string,
  collection: string,
  documentIds: readonly string[],
): Promise<Map<string, DocumentHead>> {
  const points = await store.read((api, init) =>
    api.getPoints(
      {
        collection_name: physical,
        ids: documentIds.map((id) => documentPointId(collection, id)),
        with_payload: { exclude: ['content'] },
        with_vector: false,
      },
      init,
    ),
  );
  const heads = points.map((point) => point.payload as DocumentHead);
  return new Map(heads.map((head) => [head.documentId, head]));
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

/**
 * One page of a physical collection's documents in the order of their point ids.
 *
 * @param cursor of the page before. @param withText whether their texts are read as well.
 */
export async function pageOfDocuments(
  store: Store,
  physical: string,
  page: { limit: number; cursor: string | null; withText: boolean },
): Promise<{ documents: DocumentRecord[]; nextCursor: string | null }> {
  const { points, next_page_offset } = await store.read((api, init) =>
    api.scrollPoints(
      {
        collection_name: physical,
        filter: { must: [ofKind('document')] },
        limit: page.limit,
        ...(page.cursor !== null && { offset: page.cursor }),
        with_payload: page.withText ? true : { exclude: ['content'] },
        with_vector: false,
      },
      init,
    ),
  );
  return {
    documents: points.map((point) => point.payload as DocumentRecord),
    nextCursor: typeof next_page_offset === 'string' ? next_page_offset : null,
  };
}

/** One page of a collection's documents, without their texts. @throws Failure `collection_not_found`. */
export async function listDocuments(
  store: Store,
  collection: string,
  page: { limit: number; cursor: string | null },
): Promise<{ documents: DocumentHead[]; nextCursor: string | null }> {
  return inCollection(collection, () => pageOfDocuments(store, aliasOf(store.tenant, collection), { ...page, withText: false }));
}

/**
 * Switches documents to versions whose chunks are written: first proves that all chunks are there, then replaces the records (each
 * one point, so readers see a whole old or a whole new version), then removes the chunks of the versions that were replaced, and
 * moves the revision.
 *
 * @throws Error when chunks are missing; every document then still has its old version.
 */
export async function publish(store: Store, physical: string, collection: string, publications: readonly Publication[]): Promise<void> {
  if (publications.length === 0) return;
  const written = await countVersions(store, physical, publications);
  const short = publications.filter((one) => (written.get(one.documentId) ?? 0) !== one.chunks);
  if (short.length > 0) throw new Error(`${short.length} documents lack chunks that were written`);
  const before = await findRecords(
    store,
    physical,
    collection,
    publications.map((one) => one.documentId),
  );
  const records = publications.map((one): DocumentRecord => {
    const old = before.get(one.documentId);
    const stale = old === undefined ? [] : [...new Set([...old.stale, old.version])].filter((version) => version !== one.version);
    return { kind: 'document', ...one, stale };
  });
  await beginRevision(store, physical);
  await upsert(
    store,
    physical,
    records.map((record) => ({ id: documentPointId(collection, record.documentId), payload: record, vector: {} })),
  );
  await sweep(store, physical, collection, records);
  await moveRevision(store, physical);
}

/** Removes the chunks of replaced versions and then forgets those versions; harmless to repeat. */
export async function sweep(
  store: Store,
  physical: string,
  collection: string,
  records: readonly Pick<DocumentRecord, 'documentId' | 'stale'>[],
): Promise<void> {
  const dirty = records.filter((record) => record.stale.length > 0);
  if (dirty.length === 0) return;
  await deleteVersions(
    store,
    physical,
    dirty.flatMap((record) => record.stale),
  );
  await setPayloads(
    store,
    physical,
    dirty.map((record) => ({ id: documentPointId(collection, record.documentId), payload: { stale: [] } })),
  );
}

/**
 * Deletes a document: its record first, so that readers lose it whole, then every chunk of every version, and counts that none is left.
 *
 * @returns how many chunks were removed, or null when there was nothing of it.
 */
export async function deleteDocument(store: Store, physical: string, collection: string, documentId: string): Promise<number | null> {
  const [records, chunks] = await Promise.all([
    findRecords(store, physical, collection, [documentId]),
    countChunks(store, physical, documentId),
  ]);
  if (records.size === 0 && chunks === 0) {
    await moveRevision(store, physical); // whoever deleted it may have died before this
    return null;
  }
  const points = [documentPointId(collection, documentId)];
  await beginRevision(store, physical);
  await store.write((api, init) => api.deletePoints({ collection_name: physical, wait: true, points }, init));
  await deleteChunks(store, physical, documentId);
  const left = await countChunks(store, physical, documentId);
  if (left > 0) throw new Error(`${left} chunks are left of a deleted document`);
  await moveRevision(store, physical);
  return chunks;
}
