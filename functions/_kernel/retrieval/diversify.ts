/** What is known of a candidate when its place is chosen. `relevance` is in 0–1; `similarTo` is what two candidates are compared by. */
export type Candidate = { id: string; documentId: string; relevance: number };

export type Diversity<T> = {
  /** 0 keeps the order of relevance, 1 looks only at difference. Default 0. */
  diversity?: number;
  /** How many of one document may stand in the list. Default: any number. */
  maxPerDocument?: number;
  /** A candidate as similar as this to a chosen one says the same again and is left out. Default: none is. */
  duplicateAt?: number;
  /** How alike two candidates are, in 0–1 and symmetric; 0 will do for what is below `atLeast`. */
  similarity: (a: T, b: T, atLeast: number) => number;
};

/**
 * Orders candidates by maximal marginal relevance, without near-duplicates and with a cap per document.
 *
 * Each place is chosen from what stands before it alone, so the first k of a longer list are the shorter list. Equal candidates keep
 * the order of relevance, then of id. Source: Carbonell and Goldstein 1998.
 */
export function diversify<T extends Candidate>(candidates: readonly T[], limit: number, options: Diversity<T>): T[] {
  const { diversity = 0, maxPerDocument = Infinity } = options;
  const ordered = candidates.toSorted((a, b) => b.relevance - a.relevance || (a.id < b.id ? -1 : 1));
  const perDocument = new Map<string, number>();
  const admits = ({ documentId }: T): boolean => {
    const taken = (perDocument.get(documentId) ?? 0) + 1;
    if (taken <= maxPerDocument) perDocument.set(documentId, taken);
    return taken <= maxPerDocument;
  };
  return diversity === 0 ? inOrder(ordered, limit, admits, options) : byMarginalRelevance(ordered, limit, admits, options, diversity);
}

/** Without MMR a candidate is compared only when its turn comes, and only with what was chosen before it. */
function inOrder<T>(ordered: readonly T[], limit: number, admits: (one: T) => boolean, options: Diversity<T>): T[] {
  const { duplicateAt = Infinity, similarity } = options;
  const chosen: T[] = [];
  for (const candidate of ordered) {
    if (chosen.length >= limit) break;
    const repeats = duplicateAt < Infinity && chosen.some((before) => similarity(before, candidate, duplicateAt) >= duplicateAt);
    if (!repeats && admits(candidate)) chosen.push(candidate);
  }
  return chosen;
}

function byMarginalRelevance<T extends Candidate>(
  ordered: readonly T[],
  limit: number,
  admits: (one: T) => boolean,
  options: Diversity<T>,
  diversity: number,
): T[] {
  const { duplicateAt = Infinity, similarity } = options;
  const open = ordered.map((candidate) => ({ candidate, nearest: 0 }));
  const chosen: T[] = [];
  while (chosen.length < limit && open.length > 0) {
    const [head] = open.splice(next(open, diversity), 1);
    if (head === undefined) break;
    const { candidate } = head;
    if (!admits(candidate)) continue;
    chosen.push(candidate);
    for (let at = open.length - 1; at >= 0; at--) {
      const other = open[at];
      if (other === undefined) continue;
      const alike = similarity(candidate, other.candidate, 0);
      if (alike >= duplicateAt) open.splice(at, 1);
      else other.nearest = Math.max(other.nearest, alike);
    }
  }
  return chosen;
}

function next(open: { candidate: Candidate; nearest: number }[], diversity: number): number {
  let best = 0;
  let bestValue = -Infinity;
  for (const [at, { candidate, nearest }] of open.entries()) {
    const value = (1 - diversity) * candidate.relevance - diversity * nearest;
    if (value > bestValue) [best, bestValue] = [at, value];
  }
  return best;
}
