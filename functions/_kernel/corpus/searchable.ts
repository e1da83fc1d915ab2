import { Failure, isUnavailable } from '../failure.ts';
import type { MatchPorts } from '../retrieval/match.ts';
import { modelProfile } from '../retrieval/models.ts';
import { countPassages } from './calibration.ts';
import { findCandidates, resolvePassages } from './candidates.ts';
import { getCollection, type Collection } from './collections.ts';
import { differences, indexing, type Fingerprint } from './fingerprint.ts';
import type { Store } from './store.ts';

/** The embedding model, as far as questions go. */
export type Questioner = {
  model: string;
  denseWeight: number;
  question(text: string, asked: { tenant: string; fingerprint: Promise<Fingerprint> }): Promise<number[]>;
};

/**
 * Looks up a collection that is to be searched with a model.
 *
 * @throws Failure `collection_not_found`, and `index_mismatch` when it was indexed with another model, prefixes, chunking or analyser
 * than is configured.
 */
export async function openCollection(store: Store, name: string, model: string): Promise<Collection> {
  const collection = await getCollection(store, name);
  const different = differences(collection.fingerprint, indexing(model, collection.chosen));
  // While it is reindexed it is read as it was, with the model it was made with.
  if (different.length === 0 || collection.reindex !== null) return collection;
  throw new Failure({ code: 'index_mismatch', collection: name, differences: different });
}

/**
 * A collection as matching sees it. It is looked up while the question is embedded, so that this costs no time of its own.
 *
 * @param collection when it was looked up already. @throws what `openCollection` throws, on the first use of `find` or `resolve`.
 */
export function searchable(
  store: Store,
  name: string,
  embedder: Questioner,
  collection = openCollection(store, name, embedder.model),
): MatchPorts {
  const fingerprint = collection.then((one) => one.fingerprint);
  fingerprint.catch(() => {});
  collection.catch(() => {}); // whoever awaits it reports it
  let passages: Promise<number> | null = null;
  return {
    clock: () => performance.now(),
    async embed(text) {
      try {
        return await embedder.question(text, { tenant: store.tenant, fingerprint });
      } catch (error) {
        if (isUnavailable(error, 'ollama_embedding')) return null;
        throw error;
      }
    },
    async known() {
      const { statistics, evidence, physical, fingerprint: index } = await collection;
      // A collection that was not measured yet has passages all the same, and a word that none of them has must cost what it costs.
      const levels = evidence.passages > 0 ? evidence : { ...evidence, passages: await (passages ??= countPassages(store, physical)) };
      const denseWeight = index.model === embedder.model ? embedder.denseWeight : modelProfile(index.model).denseWeight;
      return { language: statistics.language, levels, denseWeight };
    },
    find: async (query) => findCandidates(store, await collection, query),
    resolve: async (candidates) => resolvePassages(store, await collection, candidates),
  };
}
