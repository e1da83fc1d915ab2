import type { Hit } from '../http/fields.ts';
import { HITS_MAX } from '../limits.ts';
import { diversify } from './diversify.ts';
import { DUPLICATE_AT, likeness } from './likeness.ts';
import { match, type Matched, type MatchPorts, type MatchRequest } from './match.ts';

/** What the first query's list counts against all others together: a bad rewording can neither push its best hits out nor take their place. */
const FIRST_WEIGHT = 0.5;
/** As in matching: a document that changes between two of the searches is searched again, at most so often. */
const ATTEMPTS = 4;

const best = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));

/** The weighted mean of the lists' fused scores, so in 0–1 too; of each list's own scores the best. */
function fuseLists(lists: readonly (readonly Hit[])[]): Hit[] {
  const joined = new Map<string, Hit>();
  for (const [at, list] of lists.entries()) {
    const weight = at === 0 ? FIRST_WEIGHT : (1 - FIRST_WEIGHT) / (lists.length - 1);
    for (const hit of list) {
      const { dense, sparse, fused } = joined.get(hit.chunkId)?.scores ?? { dense: null, sparse: null, fused: 0 };
      const scores = {
        dense: best(dense, hit.scores.dense),
        sparse: best(sparse, hit.scores.sparse),
        fused: Math.min(1, fused + weight * hit.scores.fused),
      };
      joined.set(hit.chunkId, { ...hit, scores });
    }
  }
  return [...joined.values()];
}

/** Remembers the versions of documents that searches see, and whether two saw different ones. */
function witness(ports: MatchPorts): { ports: MatchPorts; agreed(): boolean } {
  const versions = new Map<string, string>();
  let agreed = true;
  return {
    agreed: () => agreed,
    ports: {
      ...ports,
      async resolve(candidates) {
        const answer = await ports.resolve(candidates);
        for (const { id, documentId, version } of candidates) {
          if (!answer.passages.has(id)) continue;
          agreed &&= (versions.get(documentId) ?? version) === version;
          versions.set(documentId, version);
        }
        return answer;
      },
    },
  };
}

/**
 * Finds the passages that match several queries for one question: a list for each, to the same depth whatever is wanted of them, joined
 * by a weighted mean in which the first query counts as much as all others together.
 *
 * There is evidence when there is for one of the first `wordings` queries, which are the question itself. Default: the first.
 * The first k hits of a longer list are the shorter list, as for `match`, which answers when there is one query. Sources: Belkin et al.
 * 1995 (several queries for one need, combined by weighted sums), Bruch et al. 2023 (a sum of normalised scores beats ranks).
 */
export async function matchAll(
  ports: MatchPorts,
  queries: readonly string[],
  request: Omit<MatchRequest, 'text'>,
  wordings = 1,
): Promise<Matched> {
  const [first = '', ...others] = queries;
  if (others.length === 0) return match(ports, { ...request, text: first });
  const { mode, filter, limit, scoreThreshold = Number.NEGATIVE_INFINITY, diversity, maxPerDocument, evidence } = request;
  const deep = { mode, filter, limit: HITS_MAX, diversity: 0 };
  let seen = witness(ports);
  const search = () =>
    Promise.all(queries.map((text, at) => match(seen.ports, { ...deep, text, evidence: evidence === true && at < wordings })));
  let found = await search();
  for (let attempt = 1; attempt < ATTEMPTS && !seen.agreed(); attempt++) {
    seen = witness(ports);
    found = await search();
  }
  const candidates = fuseLists(found.map(({ hits }) => hits))
    .filter(({ scores }) => scores.fused >= scoreThreshold)
    .map((hit) => ({ id: hit.chunkId, documentId: hit.documentId, relevance: hit.scores.fused, hit }));
  const chosen = diversify(candidates, limit, {
    diversity,
    ...(maxPerDocument !== undefined && { maxPerDocument }),
    duplicateAt: DUPLICATE_AT,
    similarity: likeness(),
  });
  return {
    evidence: evidence === true ? found.some((one) => one.evidence === true) : null,
    hits: chosen.map(({ hit }) => hit),
    degraded: [...new Set(found.flatMap(({ degraded }) => degraded))],
    timings: {
      embedMs: Math.max(...found.map(({ timings }) => timings.embedMs)),
      searchMs: Math.max(...found.map(({ timings }) => timings.searchMs)),
    },
  };
}
