import { openCollection } from '../_kernel/corpus/searchable.ts';
import { ANSWERING_VERSION } from '../_kernel/limits.ts';
import type { Cache } from '../_kernel/policy/cache.ts';
import { questionWithinLimit, sameQuestion } from '../_kernel/retrieval/question.ts';
import type { Piece } from './answer.ts';
import { queryResponse, type QueryRequest, type QueryResponse } from './contract.ts';
import { query, type QueryContext } from './query.ts';
import type { Listener } from './reply.ts';

export type RememberedContext = Omit<QueryContext, 'opened'> & { cache: Cache | null };

/** What was kept, if it still keeps the contract: another version of this service may have written it. */
function answerOf(value: string | null): QueryResponse | null {
  if (value === null) return null;
  try {
    return queryResponse.safeParse(JSON.parse(value)).data ?? null;
  } catch {
    return null; // not JSON: the same as nothing
  }
}

/** An answer as it is told: its text, each citation right after its first marker. */
function pieces({ answer, citations }: QueryResponse): Piece[] {
  let told = 0;
  const found = citations.flatMap((citation): Piece[] => {
    const marker = `[${citation.marker}]`;
    const at = answer.indexOf(marker, told);
    const text = at < 0 ? '' : answer.slice(told, at + marker.length);
    told += text.length;
    return [...(text === '' ? [] : [{ kind: 'text' as const, text }]), { kind: 'citation', citation }];
  });
  const rest = answer.slice(told);
  return rest === '' ? found : [...found, { kind: 'text', text: rest }];
}

/**
 * Answers a question as `query` does, from what was kept of an equal one if the collection has not changed since.
 *
 * Equal is what was asked (white space in the question aside, and whether it is streamed), by the same tenant, of the same revision
 * of the same index, with the same models, by the same evidence levels. Only whole answers are kept; one that had to do without something is not, nor is a
 * failure. An answer that was kept costs no embedding, search or writing: it says `cached`, and no tokens.
 */
export async function remembered(context: RememberedContext, input: QueryRequest, listener: Listener): Promise<QueryResponse> {
  const { cache, ...rest } = context;
  if (cache === null) return query(rest, input, listener);
  const started = performance.now();
  const elapsed = () => Math.round((performance.now() - started) * 10) / 10;
  const { store, embedder, writer } = rest;
  const { question, stream: _, ...asked } = input;
  const text = questionWithinLimit(question);
  const collection = await openCollection(store, input.collection, embedder.model);
  const { name, createdAt, generation, revision, fingerprint, statistics, evidence } = collection;
  const anew = async (): Promise<QueryResponse> => {
    const answer = await query({ ...rest, opened: Promise.resolve(collection) }, input, listener);
    return { ...answer, timings: { ...answer.timings, totalMs: elapsed() } };
  };
  if (revision === null) return anew();
  const entry = await cache.look('answer', store.tenant, {
    collection: { name, createdAt, generation, revision, fingerprint, statistics, evidence },
    models: { embedder: embedder.model, denseWeight: embedder.denseWeight, writer: writer.model, numCtx: writer.numCtx },
    question: sameQuestion(text),
    asked,
    answering: ANSWERING_VERSION,
  });
  const kept = answerOf(entry.value);
  if (kept === null) {
    const answer = await anew();
    if (answer.degraded.length === 0) entry.keep(JSON.stringify(answer));
    return answer;
  }
  const degraded = rest.degraded();
  await listener.meta({ hits: kept.hits, degraded });
  for (const piece of pieces(kept)) await listener.piece(piece);
  const timings = { embedMs: 0, searchMs: 0, answerMs: 0, totalMs: elapsed() };
  return { ...kept, question, degraded, timings, usage: { promptTokens: 0, answerTokens: 0 }, cached: true };
}
