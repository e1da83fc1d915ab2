import { openCollection, searchable, type Questioner } from '../_kernel/corpus/searchable.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import type { Degraded } from '../_kernel/http/fields.ts';
import type { Completer } from '../_kernel/retrieval/completion.ts';
import { questionWithinLimit } from '../_kernel/retrieval/question.ts';
import { retrieve } from '../_kernel/retrieval/retrieve.ts';
import { understand } from '../_kernel/retrieval/understand.ts';
import type { SearchRequest, SearchResponse } from './contract.ts';

export type SearchContext = { store: Store; embedder: Questioner; writer: Completer; degraded(): Degraded[] };

/**
 * Finds the passages of a collection that match a query.
 *
 * Calls the writer only where `rewrite` or `rerank` ask for it, once for each.
 * @throws Failure `query_too_long`, `collection_not_found`, `index_mismatch`, `dependency_unavailable` (Qdrant), `deadline_exceeded`.
 */
export async function search(context: SearchContext, input: SearchRequest): Promise<SearchResponse> {
  const started = performance.now();
  const { store, embedder, writer } = context;
  const { query, collection, mode, rewrite, ...rest } = input;
  const question = questionWithinLimit(query); // before the collection is looked up
  const opened = openCollection(store, collection, embedder.model);
  const ports = searchable(store, collection, embedder, opened);
  if (rewrite !== 'off') await opened; // one that is not there costs no call to the writer
  const { queries, wordings, rewriteMs, degraded: rewording } = await understand(writer, ports, { question, history: [], rewrite });
  const { hits, degraded, timings } = await retrieve(ports, writer, { ...rest, mode, question, queries, wordings });
  const totalMs = Math.round((performance.now() - started) * 10) / 10;
  return {
    query,
    collection,
    mode,
    ...(queries.join('\n') !== question && { searched: queries }),
    hits,
    degraded: [...rewording, ...degraded, ...context.degraded()],
    timings: { ...(rewriteMs !== undefined && { rewriteMs }), ...timings, totalMs },
  };
}
