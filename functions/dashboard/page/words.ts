import type { Degraded } from '../../_kernel/client/types.ts';

// What the service says in codes, in a reader's words.

/** What an answer had to do without, and what that means for it. */
export const DEGRADED: Readonly<Record<Degraded, string>> = {
  'embedding_unavailable:sparse_only': 'Searched by words alone: the embedding model is not available.',
  'generation_unavailable:extractive': 'Quoted, not written: the writing model is not available.',
  'redis_unavailable:local_breakers': 'Redis is away: each instance watches its dependencies alone.',
  'rewrite_failed:original_question': 'Searched with the question as it was typed: rewording failed.',
  'rerank_failed:fused_order': 'In the order of the search: reranking failed.',
  'passages_dropped:context_budget': 'Some passages did not fit the model and were left out.',
  'prompt_truncated:by_model': 'The model cut the prompt: some passages may not have been read.',
};

export const UNANSWERABLE: Readonly<Record<'no_hits' | 'no_evidence' | 'not_in_passages', string>> = {
  no_hits: 'Nothing in this collection matches the question.',
  no_evidence: 'Nothing in this collection speaks of what is asked, so no model was asked.',
  not_in_passages: 'The model read the nearest passages and did not find the answer in them.',
};

export const DEPENDENCY: Readonly<Record<string, string>> = {
  ollama_embedding: 'Embedding',
  ollama_generation: 'Writing',
  qdrant_search: 'Searching',
  qdrant_write: 'Storing',
};

/** What to do about a document that failed, where the reason does not say it. */
export const REMEDY: Readonly<Record<string, string>> = {
  dependency_unavailable: 'Drop it again when the service is healthy; what is done already costs nothing.',
  deadline_exceeded: 'Drop it again when the service is less busy.',
  index_mismatch: 'Reindex the collection, then drop it again.',
};

const plain = new Intl.NumberFormat('en');
export const count = (number: number, one: string): string => `${plain.format(number)} ${one}${number === 1 ? '' : 's'}`;
export const figure = (number: number): string => plain.format(number);

/** Milliseconds as a reader takes them in: `8 ms`, `3 s`, `1.4 s`, `2 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${figure(Math.round(ms / 100) / 10)} s` : `${Math.round(ms / 60_000)} min`;
}

const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
export const when = (iso: string): string => dates.format(new Date(iso));

const clock = new Intl.DateTimeFormat('en', { timeStyle: 'short' });
/** A time of today: `9:41 AM`. */
export const clockTime = (ms: number): string => clock.format(new Date(ms));
