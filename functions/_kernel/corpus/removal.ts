import { Failure } from '../failure.ts';
import { findCollection, generationsOf, getCollection, type Collection } from './collections.ts';
import { deleteDocument } from './documents.ts';
import type { Store } from './store.ts';

/**
 * Deletes a document from every generation of a collection that is being written; none of its chunks remains.
 *
 * @returns how many chunks readers lost. @throws Failure `collection_not_found`, `document_not_found`.
 */
export async function removeDocument(store: Store, name: string, documentId: string): Promise<number> {
  let collection: Collection | null = await getCollection(store, name);
  let removed: number | null = null;
  const reached = new Set<number>();
  // A reindexing may begin or switch meanwhile: go round until every generation that counts now has been reached.
  while (collection !== null) {
    const open: Collection[] = (await generationsOf(store, collection)).filter((one) => !reached.has(one.generation));
    if (open.length === 0) break;
    for (const one of open) {
      const chunks = await deleteDocument(store, one.physical, name, documentId);
      removed ??= chunks;
      reached.add(one.generation);
    }
    collection = await findCollection(store, name);
  }
  if (removed === null) throw new Failure({ code: 'document_not_found', documentId });
  return removed;
}
