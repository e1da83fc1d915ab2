import { Failure, isUnavailable } from '../_kernel/failure.ts';
import type { Degraded, Hit } from '../_kernel/http/fields.ts';
import { RETRY_LATER_MS } from '../_kernel/limits.ts';
import type { ChatMessage, ChatPart } from '../_kernel/upstreams/ollama.ts';
import { readAnswer, type Piece } from './answer.ts';
import { inContext } from './context.ts';
import type { QueryRequest, QueryResponse } from './contract.ts';
import { extract } from './extractive.ts';
import { buildPrompt, wasTruncated } from './prompt.ts';

export type ReplyContext = {
  writer: { model: string; numCtx: number; write(messages: ChatMessage[], maxTokens: number): Promise<AsyncIterable<ChatPart>> };
};

/** What is told while an answer is made; every method may be awaited, so a slow reader slows the writer. */
export type Listener = {
  meta(meta: { hits: Hit[]; degraded: Degraded[] }): Promise<void>;
  piece(piece: Piece): Promise<void>;
};

/** Of what a listener has no need; the answer is only returned. */
export const NOBODY: Listener = { meta: async () => {}, piece: async () => {} };

export type Reply = Pick<QueryResponse, 'answerable' | 'reason' | 'answer' | 'mode' | 'citations' | 'unsupported' | 'model' | 'usage'> & {
  degraded: Degraded[];
};

const NO_USAGE = { promptTokens: 0, answerTokens: 0 };

function refusal(reason: 'no_hits' | 'no_evidence' | 'not_in_passages', mode: 'generated' | 'extractive'): Reply {
  return { answerable: false, reason, answer: '', mode, citations: [], unsupported: [], model: null, degraded: [], usage: NO_USAGE };
}

/** Hits, the titles above each of them by its chunk's id, and whether they speak of the question at all. */
type Found = { hits: readonly Hit[]; headings: ReadonlyMap<string, readonly string[]>; evidence: boolean };

async function extracted(question: string, found: Found, degraded: Degraded[], listener: Listener): Promise<Reply> {
  const { text, citations, pieces } = extract(question, inContext(found.hits, found.headings));
  if (pieces.length === 0) return { ...refusal('no_evidence', 'extractive'), degraded };
  for (const piece of pieces) await listener.piece(piece);
  return { answerable: true, answer: text, mode: 'extractive', citations, unsupported: [], model: null, degraded, usage: NO_USAGE };
}

/** Whether an address stands in what the writer was given, so that a writer cannot make one up to carry text away. */
function isGiven(input: QueryRequest, hits: readonly Hit[]): (address: string) => boolean {
  const given = [input.question, ...input.history.map(({ content }) => content), ...hits.flatMap(({ text, url }) => [text, url ?? ''])];
  return (address) => given.some((text) => text.includes(address));
}

async function generated(context: ReplyContext, input: QueryRequest, found: Found, listener: Listener): Promise<Reply> {
  const { writer } = context;
  const prompt = buildPrompt({ ...input, ...found, numCtx: writer.numCtx, maxTokens: input.maxAnswerTokens });
  const dropped: Degraded[] = prompt?.complete !== true ? ['passages_dropped:context_budget'] : [];
  // The question fills the context: what needs no writer is still an answer.
  if (prompt === null) return extracted(input.question, found, dropped, listener);
  const answer = readAnswer(prompt.passages, input.question, isGiven(input, found.hits));
  let usage = NO_USAGE;
  for await (const part of await writer.write(prompt.messages, prompt.answerTokens)) {
    if (part.kind === 'end') usage = { promptTokens: part.promptTokens, answerTokens: part.answerTokens };
    else for (const piece of answer.push(part.text)) await listener.piece(piece);
  }
  for (const piece of answer.end()) await listener.piece(piece);
  const text = answer.text();
  const citations = answer.citations();
  const truncated: Degraded[] = wasTruncated(prompt.messages, usage.promptTokens, writer.numCtx) ? ['prompt_truncated:by_model'] : [];
  const answerable = !answer.declined();
  // A model that spent its tokens on thoughts, or was only loaded, ends well and has said nothing.
  if (answerable && text === '') {
    throw new Failure({
      code: 'dependency_unavailable',
      dependency: 'ollama_generation',
      breaker: 'closed',
      retryAfterMs: RETRY_LATER_MS,
    });
  }
  return {
    answerable,
    ...(!answerable && { reason: 'not_in_passages' as const }),
    answer: text,
    mode: 'generated',
    citations,
    unsupported: answerable ? answer.unsupported() : [],
    model: writer.model,
    degraded: [...dropped, ...truncated],
    usage,
  };
}

/**
 * Answers a question from the hits found for it: by the writer, or by verbatim sentences where there is none or that was asked for.
 *
 * Without hits or evidence it says so and calls no model. @throws Failure `dependency_unavailable`, `deadline_exceeded`.
 */
export async function reply(context: ReplyContext, input: QueryRequest, found: Found, listener: Listener): Promise<Reply> {
  const { question, answerMode } = input;
  const { hits, evidence } = found;
  const mode = answerMode === 'extractive' ? 'extractive' : 'generated';
  if (hits.length === 0) return refusal('no_hits', mode);
  if (!evidence) return refusal('no_evidence', mode);
  if (answerMode === 'extractive') return extracted(question, found, [], listener);
  let told = false;
  const heard: Listener = {
    ...listener,
    piece: (piece) => {
      told = true;
      return listener.piece(piece);
    },
  };
  try {
    return await generated(context, input, found, heard);
  } catch (error) {
    // Once a listener has heard part of an answer, another answer cannot take its place.
    const replaceable = !told || listener === NOBODY;
    if (answerMode === 'auto' && replaceable && isUnavailable(error, 'ollama_generation')) {
      return extracted(question, found, ['generation_unavailable:extractive'], listener);
    }
    throw error;
  }
}
