import { searchable, type Questioner } from '../_kernel/corpus/searchable.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import type { Degraded } from '../_kernel/http/fields.ts';
import { questionWithinLimit } from '../_kernel/retrieval/question.ts';
import { match } from '../_kernel/retrieval/match.ts';
import type { SearchRequest, SearchResponse } from './contract.ts';

export type SearchContext = {
  store: Store;
  embedder: Questioner;
  degraded(): Degraded[];
};

/**
 * Finds the passages of a collection that match a query.
 *
 * @throws Failure `query_too_long`, `collection_not_found`, `index_mismatch`, `dependency_unavailable` (Qdrant), `deadline_exceeded`.
 */
export async function search(context: SearchContext, input: SearchRequest): Promise<SearchResponse> {
  const started = performance.now();
  const { query, collection, mode, ...rest } = input;
  const text = questionWithinLimit(query); // before `searchable`, which begins to look the collection up
  const ports = searchable(context.store, collection, context.embedder);
  const { hits, degraded, timings } = await match(ports, { text, mode, ...rest });
  const totalMs = Math.round((performance.now() - started) * 10) / 10;
  return { query, collection, mode, hits, degraded: [...degraded, ...context.degraded()], timings: { ...timings, totalMs } };
}
