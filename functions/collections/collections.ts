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
import type { Embedder } from '../_kernel/embedder.ts';
import type { Choice, Fingerprint } from '../_kernel/corpus/fingerprint.ts';
import type { DocumentRecord } from '../_kernel/corpus/payload.ts';
import { Failure, UpstreamFault } from '../_kernel/failure.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import type { CollectionResponse, CreateRequest, DocumentSummary } from './contract.ts';

export type CollectionsContext = { store: Store; embedder: Pick<Embedder, 'embeds' | 'fingerprint'> };

async function counted(store: Store, found: Collection): Promise<CollectionResponse> {
  const { name, description, fingerprint, state, createdAt } = found;
  const { passages, lengths, language } = found.statistics;
  const statistics = { passages, lengths, language };
  return { name, description, ...(await countCollection(store, name)), fingerprint, statistics, state, createdAt };
}

function summary(record: Omit<DocumentRecord, 'content'>): DocumentSummary {
  const { documentId, title, url, contentType, language, metadata, chunks, characters, version, updatedAt } = record;
  return { id: documentId, title, url, contentType, language, metadata, chunks, characters, version, updatedAt };
}

/** The tenant's collections with their counts, by name. */
export async function collections({ store }: CollectionsContext): Promise<{ collections: CollectionResponse[] }> {
  const found = await listCollections(store);
  return { collections: await Promise.all(found.map((one) => counted(store, one))) };
}

/** What a collection of this choice is indexed with. @throws Failure `invalid_request` when the model it names is not there or does not embed. */
async function fingerprintOf({ embedder }: CollectionsContext, chosen: Choice): Promise<Fingerprint> {
  const unfit = (message: string, cause?: unknown) =>
    new Failure({ code: 'invalid_request', errors: [{ path: 'embeddingModel', message }] }, cause);
  if (chosen.model === null) return embedder.fingerprint(chosen);
  try {
    if (!(await embedder.embeds(chosen.model))) throw unfit('is a model that does not embed; name one that does, such as nomic-embed-text');
    return await embedder.fingerprint(chosen);
  } catch (error) {
    if (!(error instanceof UpstreamFault && error.fault.kind === 'model_missing')) throw error;
    throw unfit('is not a model that Ollama has; pull it (ollama pull), or choose one that is there (ollama list)', error);
  }
}

/**
 * Makes an empty collection for the configured embedding model, or for the one it chooses.
 *
 * @throws Failure `collection_exists`, `dependency_unavailable`, `invalid_request`. Nothing is made then.
 */
export async function create(context: CollectionsContext, input: CreateRequest): Promise<CollectionResponse> {
  const { name, description = null } = input;
  const chosen: Choice = { model: input.embeddingModel ?? null, chunkChars: input.chunking?.chars ?? null };
  const fingerprint = await fingerprintOf(context, chosen);
  const createdAt = new Date().toISOString();
  return counted(context.store, await createCollection(context.store, { name, description, fingerprint, chosen, createdAt }));
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
