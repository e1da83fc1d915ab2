import type { Degraded } from '../http/fields.ts';
import { RERANK_HITS, RERANK_MS, RERANK_TOKENS } from '../limits.ts';
import { completion, type Completer } from './completion.ts';
import { matchAll } from './match-all.ts';
import type { Matched, MatchPorts, MatchRequest } from './match.ts';
import { readRanking, reorder, rerankPrompt } from './rerank.ts';

export type RetrieveRequest = Omit<MatchRequest, 'text'> & {
  /** What to search for, the first before the others. */
  queries: readonly string[];
  /** How many of them are the question itself, in one wording or another. */
  wordings: number;
  /** Whether the writer orders the best hits by what it makes of `question`. */
  rerank: boolean;
  question: string;
};

export type Retrieved = Omit<Matched, 'timings'> & { timings: Matched['timings'] & { rerankMs?: number } };

/**
 * Finds the passages for a question and, where asked, has the writer rank the best twenty in one call; the rest keep their order behind.
 *
 * Their number does not depend on `limit`, so the first k hits of a longer list stay the shorter list. `scores` remain those of the
 * search. Without a usable answer the order is the fused one and `degraded` says so.
 * @param worthwhile says whether hits are worth a call. Default: always.
 */
export async function retrieve(
  ports: MatchPorts,
  writer: Completer,
  request: RetrieveRequest,
  worthwhile: (found: Matched) => boolean = () => true,
): Promise<Retrieved> {
  const { queries, wordings, rerank, question, ...rest } = request;
  const { limit } = rest;
  const found = await matchAll(ports, queries, { ...rest, limit: rerank ? Math.max(limit, RERANK_HITS) : limit }, wordings);
  const cut = { ...found, hits: found.hits.slice(0, limit) };
  if (!rerank || found.hits.length < 2 || !worthwhile(found)) return cut;
  const started = ports.clock();
  const { messages, schema, count } = rerankPrompt({ question, passages: found.hits, numCtx: writer.numCtx });
  const answer = await completion(writer, messages, { maxTokens: RERANK_TOKENS, withinMs: RERANK_MS, schema });
  const ranking = answer === null ? [] : readRanking(answer, count);
  const failed: Degraded[] = ranking.length === 0 ? ['rerank_failed:fused_order'] : [];
  return {
    ...found,
    hits: reorder(found.hits, ranking).slice(0, limit),
    degraded: [...found.degraded, ...failed],
    timings: { ...found.timings, rerankMs: Math.round((ports.clock() - started) * 10) / 10 },
  };
}
