import { HISTORY_MESSAGES_MAX, QUERY_MAX_CHARS } from '../../../_kernel/limits.ts';
import { noteAnswer } from '../observed.ts';
import { problemOf, type Problem } from '../problem.ts';
import { createSessionStore } from '../store.ts';
import type { Client, Hit, QueryEvent } from '../types.ts';

type Result = Extract<QueryEvent, { event: 'done' }>['data'];
export type Citation = Extract<QueryEvent, { event: 'citation' }>['data'];

/** A question and what has come of it so far. */
export type Turn = {
  id: number;
  question: string;
  collection: string;
  state: 'running' | 'done' | 'stopped' | 'failed';
  text: string;
  citations: Citation[];
  hits: Hit[];
  degraded: Result['degraded'];
  /** The whole answer, once there is one. */
  result: Result | null;
  problem: Problem | null;
};
export type AnswerMode = 'auto' | 'generated' | 'extractive';

export const turns = createSessionStore<Turn[]>([]);
/** What is typed and not asked yet, and how it is to be answered. */
export const draft = createSessionStore<{ question: string; answerMode: AnswerMode }>({ question: '', answerMode: 'auto' });
let running: AbortController | null = null;

/** What was said so far, as the service takes it: answered turns only, the latest, each as long as a question may be. */
export function historyOf(before: readonly Turn[]): { role: 'user' | 'assistant'; content: string }[] {
  return before
    .filter(({ state, text }) => state === 'done' && text !== '')
    .flatMap(({ question, text }) => [
      { role: 'user' as const, content: question.slice(0, QUERY_MAX_CHARS) },
      { role: 'assistant' as const, content: text.slice(0, QUERY_MAX_CHARS) },
    ])
    .slice(-HISTORY_MESSAGES_MAX);
}

/** Asks a question in the conversation and shows the answer as it comes. */
export async function ask(client: Client, question: string, options: { collection: string; answerMode: AnswerMode }): Promise<void> {
  const before = turns.get();
  const id = (before.at(-1)?.id ?? 0) + 1;
  const { collection, answerMode } = options;
  const nothing = { text: '', citations: [], hits: [], degraded: [], result: null, problem: null };
  turns.set([...before, { id, question, collection, state: 'running', ...nothing }]);
  const change = (how: (turn: Turn) => Partial<Turn>) =>
    turns.set((all) => all.map((one) => (one.id === id && one.state === 'running' ? { ...one, ...how(one) } : one)));
  const mine = new AbortController();
  running = mine;
  try {
    const body = { question, collection, answerMode, history: historyOf(before) };
    for await (const { event, data } of client.stream(body, { signal: mine.signal })) {
      if (event === 'meta') change(() => ({ hits: data.hits, degraded: data.degraded }));
      else if (event === 'token') change(({ text }) => ({ text: text + data.text }));
      else if (event === 'citation') change(({ citations }) => ({ citations: [...citations, data] }));
      else {
        noteAnswer(data.degraded);
        const { answer: text, citations, hits, degraded } = data;
        change(() => ({ text, citations, hits, degraded, result: data, state: 'done' }));
      }
    }
  } catch (error) {
    change(() => (mine.signal.aborted ? { state: 'stopped' } : { state: 'failed', problem: problemOf(error) }));
  } finally {
    if (running === mine) running = null;
  }
}

/** Ends the answer that is being written; the service stops the model. */
export function stop(): void {
  running?.abort();
  turns.set((all) => all.map((one) => (one.state === 'running' ? { ...one, state: 'stopped' } : one)));
}

/** Begins anew: what was said is forgotten. */
export function clear(): void {
  stop();
  turns.set([]);
}

/** A turn as plain text, with its sources below. */
export function asText({ question, text, citations }: Turn): string {
  const sources = citations.map(
    ({ marker, title, documentId, quote, start, end }) => `[${marker}] ${title ?? documentId} (${documentId}, ${start}–${end}): “${quote}”`,
  );
  return [question, '', text === '' ? '(no answer)' : text, ...(sources.length > 0 ? ['', 'Sources', ...sources] : [])].join('\n');
}

/** A whole conversation as plain text, each answer with its sources. */
export const conversationAsText = (all: readonly Turn[]): string => all.map(asText).join('\n\n');
