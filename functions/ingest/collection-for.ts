import { createCollection, findCollection, type Collection } from '../_kernel/corpus/collections.ts';
import { differences, NO_CHOICE, type Choice, type Fingerprint } from '../_kernel/corpus/fingerprint.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import { Failure } from '../_kernel/failure.ts';

type Context = { store: Store; embedder: { fingerprint(choice: Choice): Promise<Fingerprint> }; clock(): number };

/**
 * The collection that documents are written to, made now if need be.
 *
 * One that is being reindexed is written to as it is, with the model it was made with.
 * @throws Failure `index_mismatch`, or `dependency_unavailable` when the model cannot be asked.
 */
export async function collectionFor(context: Context, name: string): Promise<Collection> {
  const found = await findCollection(context.store, name);
  if (found !== null && found.reindex !== null) return found;
  const fingerprint = await context.embedder.fingerprint(found?.chosen ?? NO_CHOICE);
  if (found === null) {
    try {
      return await createCollection(context.store, {
        name,
        description: null,
        fingerprint,
        chosen: NO_CHOICE,
        createdAt: new Date(context.clock()).toISOString(),
      });
    } catch (error) {
      if (!(error instanceof Failure && error.reason.code === 'collection_exists')) throw error;
      return collectionFor(context, name); // somebody else was quicker
    }
  }
  const different = differences(found.fingerprint, fingerprint);
  if (different.length > 0) throw new Failure({ code: 'index_mismatch', collection: name, differences: different });
  return found;
}
