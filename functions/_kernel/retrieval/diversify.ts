/** What is known of a candidate when its place is chosen. `relevance` is in 0–1; `similarTo` is what two candidates are compared by. */
export type Candidate = { id: string; documentId: string; relevance: number };

export type Diversity<T> = {
  /** 0 keeps the order of relevance, 1 looks only at difference. Default 0. */
  diversity?: number;
  /** How many of one document may stand in the list. Default: any number. */
  maxPerDocument?: number;
  /** A candidate as similar as this to a chosen one says the same again and is left out. Default: none is. */
  duplicateAt?: number;
  /** How alike two candidates are, in 0–1 and symmetric. */
  similarity: (a: T, b: T) => number;
};

/**
 * Orders candidates by maximal marginal relevance, without near-duplicates and with a cap per document.
 *
 * Each place is chosen from what stands before it alone, so the first k of a longer list are the shorter list. Equal candidates keep
 * the order of relevance, then of id. Source: Carbonell and Goldstein 1998.
 */
export function diversify<T extends Candidate>(candidates: readonly T[], limit: number, options: Diversity<T>): T[] {
  const { diversity = 0, maxPerDocument = Infinity, duplicateAt = Infinity, similarity } = options;
  const open = candidates
    .toSorted((a, b) => b.relevance - a.relevance || (a.id < b.id ? -1 : 1))
    .map((candidate) => ({ candidate, nearest: 0 }));
  const perDocument = new Map<string, number>();
  const chosen: T[] = [];
  while (chosen.length < limit && open.length > 0) {
    const [head] = open.splice(next(open, diversity), 1);
    if (head === undefined) break;
    const { candidate } = head;
    const taken = (perDocument.get(candidate.documentId) ?? 0) + 1;
    if (taken > maxPerDocument) continue;
    chosen.push(candidate);
    perDocument.set(candidate.documentId, taken);
    if (diversity === 0 && duplicateAt === Infinity) continue;
    for (let at = open.length - 1; at >= 0; at--) {
      const other = open[at];
      if (other === undefined) continue;
      const alike = similarity(candidate, other.candidate);
      if (alike >= duplicateAt) open.splice(at, 1);
      else other.nearest = Math.max(other.nearest, alike);
    }
  }
  return chosen;
}

function next(open: { candidate: Candidate; nearest: number }[], diversity: number): number {
  if (diversity === 0) return 0;
  let best = 0;
  let bestValue = -Infinity;
  for (const [at, { candidate, nearest }] of open.entries()) {
    const value = (1 - diversity) * candidate.relevance - diversity * nearest;
    if (value > bestValue) [best, bestValue] = [at, value];
  }
  return best;
}
