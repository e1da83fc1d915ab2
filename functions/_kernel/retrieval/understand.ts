import type { Degraded, Rewriting } from '../http/fields.ts';
import { REWRITE_MS, REWRITE_QUERIES_MAX, REWRITE_TOKENS } from '../limits.ts';
import { completion, type Completer } from './completion.ts';
import { standalone, type Turn } from './follow-up.ts';
import type { MatchPorts } from './match.ts';
import { readQueries, rewritePrompt } from './rewrite.ts';

/**
 * `question`: what is asked, understood without the conversation. `queries`: what to search for, the first before the others;
 * so many of them as `wordings` are the question itself, and each is evidence enough that the passages speak of it.
 */
export type Understood = { question: string; queries: string[]; wordings: number; degraded: Degraded[]; rewriteMs?: number };

/**
 * Makes of a question what is to be searched, with one call to the writer where one is wanted: to make a follow-up stand alone, to
 * reword it, or to add up to three further queries. A rewording is searched beside the question, so that a bad one costs no hit.
 *
 * Without a writer (null), or when its answer is of no use, a follow-up gets the terms of the questions before it where it hangs on
 * them, and any other question stays as it is. `degraded` says so when a call was wanted in vain.
 */
export async function understand(
  writer: Completer | null,
  ports: Pick<MatchPorts, 'known' | 'find'>,
  input: { question: string; history: readonly Turn[]; rewrite: Rewriting },
): Promise<Understood> {
  const { question, history, rewrite } = input;
  const followsUp = history.length > 0;
  const asItIs = async (): Promise<Omit<Understood, 'degraded'>> => {
    const plain = followsUp ? await standalone(ports, question, history) : question;
    return { question: plain, queries: [plain], wordings: 1 };
  };
  const wanted = { reworded: followsUp || rewrite === 'single', further: rewrite === 'multi' ? REWRITE_QUERIES_MAX : 0 };
  const most = Number(wanted.reworded) + wanted.further;
  if (writer === null || most === 0) return { ...(await asItIs()), degraded: [] };
  const started = performance.now();
  const prompt = rewritePrompt({ question, history, wanted, numCtx: writer.numCtx });
  const bounds = { maxTokens: REWRITE_TOKENS, withinMs: REWRITE_MS };
  const answer = prompt === null ? null : await completion(writer, prompt.messages, { ...bounds, schema: prompt.schema });
  const rewriteMs = Math.round((performance.now() - started) * 10) / 10;
  const found = answer === null ? [] : readQueries(answer, most);
  if (found.length === 0) return { ...(await asItIs()), degraded: ['rewrite_failed:original_question'], rewriteMs };
  if (followsUp) return { question: found[0]!, queries: found, wordings: 1, degraded: [], rewriteMs };
  const queries = [question, ...found.filter((one) => one.toLowerCase() !== question.toLowerCase())];
  return { question, queries, wordings: wanted.reworded ? queries.length : 1, degraded: [], rewriteMs };
}
