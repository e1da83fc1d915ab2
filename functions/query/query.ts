import type { Collection } from '../_kernel/corpus/collections.ts';
import { searchable, type Questioner } from '../_kernel/corpus/searchable.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import type { Degraded } from '../_kernel/http/fields.ts';
import { match } from '../_kernel/retrieval/match.ts';
import { questionWithinLimit } from '../_kernel/retrieval/question.ts';
import { notingHeadings } from './context.ts';
import type { QueryRequest, QueryResponse } from './contract.ts';
import { reply, type Listener, type ReplyContext } from './reply.ts';

export type QueryContext = {
  store: Store;
  embedder: Questioner;
  writer: ReplyContext['writer'];
  degraded(): Degraded[];
  /** The collection, when it was looked up already. */
  opened?: Promise<Collection>;
};

/**
 * Answers a question from a collection's passages, each statement with the exact quote that supports it.
 *
 * Without hits or evidence it says so and calls no model. Without a writer (`answerMode: auto`) it answers with verbatim sentences.
 * @throws Failure `query_too_long`, `collection_not_found`, `index_mismatch`, `dependency_unavailable`, `deadline_exceeded`.
 */
export async function query(context: QueryContext, input: QueryRequest, listener: Listener): Promise<QueryResponse> {
  const started = performance.now();
  const elapsed = () => Math.round((performance.now() - started) * 10) / 10;
  const { question, collection } = input;
  const text = questionWithinLimit(question);
  const { ports, headings } = notingHeadings(searchable(context.store, collection, context.embedder, context.opened));
  const found = await match(ports, { ...input, text });
  const { hits, timings } = found;
  const before = [...found.degraded, ...context.degraded()];
  await listener.meta({ hits, degraded: before });
  const searched = elapsed();
  const { degraded, ...rest } = await reply(context, input, { hits, headings }, listener);
  const totalMs = elapsed();
  return {
    question,
    ...rest,
    hits,
    degraded: [...new Set([...found.degraded, ...degraded, ...context.degraded()])],
    timings: { ...timings, answerMs: Math.round((totalMs - searched) * 10) / 10, totalMs },
  };
}
