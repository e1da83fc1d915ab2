import { searchable } from '../_kernel/corpus/searchable.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import { isUnavailable } from '../_kernel/failure.ts';
import type { Degraded, Hit } from '../_kernel/http/fields.ts';
import { match } from '../_kernel/retrieval/match.ts';
import { questionWithinLimit } from '../_kernel/retrieval/question.ts';
import type { ChatMessage, ChatPart } from '../_kernel/upstreams/ollama.ts';
import { readAnswer, type Piece } from './answer.ts';
import type { Citation, QueryRequest, QueryResponse } from './contract.ts';
import { speaksOf } from './evidence.ts';
import { extract } from './extractive.ts';
import { buildPrompt, NO_ANSWER } from './prompt.ts';

export type QueryContext = {
  store: Store;
  embedder: { model: string; denseWeight: number; question(text: string): Promise<number[]> };
  writer: { model: string; numCtx: number; write(messages: ChatMessage[], maxTokens: number): Promise<AsyncIterable<ChatPart>> };
  degraded(): Degraded[];
};

/** What is told while an answer is made; every method may be awaited, so a slow reader slows the writer. */
export type Listener = {
  meta(meta: { hits: Hit[]; degraded: Degraded[] }): Promise<void>;
  piece(piece: Piece): Promise<void>;
};

/** Of what a listener has no need; the answer is only returned. */
export const NOBODY: Listener = { meta: async () => {}, piece: async () => {} };

type Answered = Pick<QueryResponse, 'answerable' | 'reason' | 'answer' | 'mode' | 'citations' | 'unsupported' | 'model' | 'usage'> & {
  degraded: Degraded[];
};

const NO_USAGE = { promptTokens: 0, answerTokens: 0 };
/** A dense weight below this marks an embedder that sees no more than the words (see `retrieval/models.ts`). */
const BY_WORDS_BELOW = 0.3;

function refusal(reason: 'no_hits' | 'no_evidence' | 'not_in_passages', mode: 'generated' | 'extractive'): Answered {
  return { answerable: false, reason, answer: '', mode, citations: [], unsupported: [], model: null, degraded: [], usage: NO_USAGE };
}

async function extracted(question: string, hits: Hit[], degraded: Degraded[], listener: Listener): Promise<Answered> {
  const { text, citations, pieces } = extract(question, hits);
  if (pieces.length === 0) return { ...refusal('no_evidence', 'extractive'), degraded };
  for (const piece of pieces) await listener.piece(piece);
  return { answerable: true, answer: text, mode: 'extractive', citations, unsupported: [], model: null, degraded, usage: NO_USAGE };
}

async function generated(context: QueryContext, input: QueryRequest, hits: Hit[], listener: Listener): Promise<Answered> {
  const { question, history, maxAnswerTokens: maxTokens } = input;
  const { writer } = context;
  const { messages, used } = buildPrompt({ question, history, passages: hits, numCtx: writer.numCtx, maxTokens });
  const answer = readAnswer(hits.slice(0, used));
  let usage = NO_USAGE;
  for await (const part of await writer.write(messages, maxTokens)) {
    if (part.kind === 'end') usage = { promptTokens: part.promptTokens, answerTokens: part.answerTokens };
    else for (const piece of answer.push(part.text)) await listener.piece(piece);
  }
  for (const piece of answer.end()) await listener.piece(piece);
  const text = answer.text();
  const citations: Citation[] = answer.citations();
  const degraded: Degraded[] = used < hits.length ? ['passages_dropped:context_budget'] : [];
  const answerable = citations.length > 0 || !text.startsWith(NO_ANSWER);
  return {
    answerable,
    ...(!answerable && { reason: 'not_in_passages' as const }),
    answer: text,
    mode: 'generated',
    citations,
    unsupported: answerable ? answer.unsupported() : [],
    model: writer.model,
    degraded,
    usage,
  };
}

async function answered(context: QueryContext, input: QueryRequest, hits: Hit[], listener: Listener): Promise<Answered> {
  const { question, answerMode } = input;
  const mode = answerMode === 'extractive' ? 'extractive' : 'generated';
  if (hits.length === 0) return refusal('no_hits', mode);
  if (context.embedder.denseWeight < BY_WORDS_BELOW && !speaksOf(question, hits)) return refusal('no_evidence', mode);
  if (answerMode === 'extractive') return extracted(question, hits, [], listener);
  let told = false;
  const heard: Listener = {
    ...listener,
    piece: (piece) => {
      told = true;
      return listener.piece(piece);
    },
  };
  try {
    return await generated(context, input, hits, heard);
  } catch (error) {
    // Once a listener has heard part of an answer, another answer cannot take its place.
    const replaceable = !told || listener === NOBODY;
    if (answerMode === 'auto' && replaceable && isUnavailable(error, 'ollama_generation')) {
      return extracted(question, hits, ['generation_unavailable:extractive'], listener);
    }
    throw error;
  }
}

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
  const found = await match(searchable(context.store, collection, context.embedder), { ...input, text });
  const { hits, timings } = found;
  const before = [...found.degraded, ...context.degraded()];
  await listener.meta({ hits, degraded: before });
  const searched = elapsed();
  const { degraded, ...rest } = await answered(context, input, hits, listener);
  const totalMs = elapsed();
  return {
    question,
    ...rest,
    hits,
    degraded: [...new Set([...found.degraded, ...degraded, ...context.degraded()])],
    timings: { ...timings, answerMs: Math.round((totalMs - searched) * 10) / 10, totalMs },
  };
}
