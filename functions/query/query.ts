import type { Collection } from '../_kernel/corpus/collections.ts';
import { openCollection, searchable, type Questioner } from '../_kernel/corpus/searchable.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import type { Degraded } from '../_kernel/http/fields.ts';
import type { Completer } from '../_kernel/retrieval/completion.ts';
import { questionWithinLimit } from '../_kernel/retrieval/question.ts';
import { retrieve } from '../_kernel/retrieval/retrieve.ts';
import { understand } from '../_kernel/retrieval/understand.ts';
import { notingHeadings } from './context.ts';
import type { QueryRequest, QueryResponse } from './contract.ts';
import { reply, type Listener, type ReplyContext } from './reply.ts';

export type QueryContext = {
  store: Store;
  embedder: Questioner;
  writer: ReplyContext['writer'] & Completer;
  degraded(): Degraded[];
  /** The collection, when it was looked up already. */
  opened?: Promise<Collection>;
};

/**
 * Answers a question from a collection's passages, each statement with the exact quote that supports it.
 *
 * A follow-up is first made to stand alone: with one call to the writer, or, where the answer is to be extractive, without one. Rewriting
 * (with that same call) and reranking cost at most one call each, never made again; the answer one, made again at most twice
 * (`RETRIES_PER_CALL`) while it fails before its first word: five calls to the writer at most.
 * Without hits or evidence it says so and calls no model. Without a writer (`answerMode: auto`) it answers with verbatim sentences.
 * @throws Failure `query_too_long`, `collection_not_found`, `index_mismatch`, `dependency_unavailable`, `deadline_exceeded`.
 */
export async function query(context: QueryContext, input: QueryRequest, listener: Listener): Promise<QueryResponse> {
  const started = performance.now();
  const elapsed = () => Math.round((performance.now() - started) * 10) / 10;
  const { store, embedder, writer } = context;
  const { question, collection, history, rewrite, answerMode } = input;
  const asked = questionWithinLimit(question); // before the collection is looked up
  const opened = context.opened ?? openCollection(store, collection, embedder.model);
  const { ports, headings } = notingHeadings(searchable(store, collection, embedder, opened));
  const extractive = answerMode === 'extractive' && rewrite === 'off';
  if (history.length > 0 || rewrite !== 'off') await opened; // one that is not there costs no call to the writer
  const understood = await understand(extractive ? null : writer, ports, { question: asked, history, rewrite });
  const { queries, wordings, rewriteMs } = understood;
  const found = await retrieve(
    ports,
    writer,
    { ...input, question: understood.question, queries, wordings, evidence: true },
    ({ evidence }) => evidence === true,
  );
  const { hits, timings, evidence } = found;
  const before = [...understood.degraded, ...found.degraded];
  await listener.meta({ hits, degraded: [...before, ...context.degraded()] });
  const searched = elapsed();
  const { degraded, ...rest } = await reply(
    context,
    { ...input, question: understood.question },
    { hits, headings, evidence: evidence === true },
    listener,
  );
  const totalMs = elapsed();
  return {
    question,
    ...rest,
    ...(queries.join('\n') !== asked && { searched: queries }),
    hits,
    degraded: [...new Set([...before, ...degraded, ...context.degraded()])],
    timings: { ...(rewriteMs !== undefined && { rewriteMs }), ...timings, answerMs: Math.round((totalMs - searched) * 10) / 10, totalMs },
  };
}
