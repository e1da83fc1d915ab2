import {
  countCollection,
  createCollection,
  deleteCollection,
  getCollection,
  listCollections,
  type Collection,
} from '../_kernel/corpus/collections.ts';
import { getDocument, listDocuments } from '../_kernel/corpus/documents.ts';
import { removeDocument as removeFromCorpus } from '../_kernel/corpus/removal.ts';
import type { Fingerprint } from '../_kernel/corpus/fingerprint.ts';
import type { DocumentRecord } from '../_kernel/corpus/payload.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import type { CollectionResponse, CreateRequest, DocumentSummary } from './contract.ts';

export type CollectionsContext = { store: Store; embedder: { fingerprint(): Promise<Fingerprint> } };

async function counted(store: Store, found: Collection): Promise<CollectionResponse> {
  const { name, description, fingerprint, state, createdAt } = found;
  return { name, description, ...(await countCollection(store, name)), fingerprint, state, createdAt };
}

function summary(record: Omit<DocumentRecord, 'content'>): DocumentSummary {
  const { documentId, title, url, contentType, metadata, chunks, characters, version, updatedAt } = record;
  return { id: documentId, title, url, contentType, metadata, chunks, characters, version, updatedAt };
}

/** The tenant's collections with their counts, by name. */
export async function collections({ store }: CollectionsContext): Promise<{ collections: CollectionResponse[] }> {
  const found = await listCollections(store);
  return { collections: await Promise.all(found.map((one) => counted(store, one))) };
}

/** Makes an empty collection for the configured embedding model. @throws Failure `collection_exists`, `dependency_unavailable`. */
export async function create({ store, embedder }: CollectionsContext, input: CreateRequest): Promise<CollectionResponse> {
  const fingerprint = await embedder.fingerprint();
  const createdAt = new Date().toISOString();
  return counted(
    store,
    await createCollection(store, { name: input.name, description: input.description ?? null, fingerprint, createdAt }),
  );
}

/** One collection with its counts. @throws Failure `collection_not_found`. */
export async function collection({ store }: CollectionsContext, name: string): Promise<CollectionResponse> {
  return counted(store, await getCollection(store, name));
}

/** A page of a collection's documents, without their texts. @throws Failure `collection_not_found`. */
export async function documents({ store }: CollectionsContext, name: string, page: { limit: number; cursor: string | null }) {
  const found = await listDocuments(store, name, page);
  return { documents: found.documents.map(summary), nextCursor: found.nextCursor };
}

/** One document with its stored text. @throws Failure `collection_not_found`, `document_not_found`. */
export async function document({ store }: CollectionsContext, name: string, documentId: string) {
  const { content, ...record } = await getDocument(store, name, documentId);
  return { ...summary(record), text: content };
}

/** Deletes a collection and everything in it. @throws Failure `collection_not_found`. */
export async function remove({ store }: CollectionsContext, name: string): Promise<void> {
  await deleteCollection(store, name);
}

/** Deletes a document with all its chunks; none remains. @throws Failure `collection_not_found`, `document_not_found`. */
export async function removeDocument({ store }: CollectionsContext, name: string, documentId: string): Promise<{ chunksDeleted: number }> {
  return { chunksDeleted: await removeFromCorpus(store, name, documentId) };
}
