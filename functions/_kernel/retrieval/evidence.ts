/** A term of the question: its weight there, and in how many of the collection's chunks it stands (0: in none). */
export type TermStatistics = { weight: number; documents: number };

/**
 * How much of what a question asks about the best passage holds: its BM25 score over the sum of the question's IDF.
 *
 * Zero without terms. A term that no document has counts as much as `ln(1 + N)`, so that a missing subject lowers the signal. The
 * threshold belongs to a collection; it tells a subject that is absent, not a question that is subtly wrong.
 */
export function evidence(bestScore: number, terms: readonly TermStatistics[], documents: number): number {
  let asked = 0;
  for (const term of terms) asked += term.weight * (term.documents > 0 ? idf(term.documents, documents) : Math.log(1 + documents));
  return asked > 0 && Number.isFinite(bestScore) ? Math.max(0, bestScore) / asked : 0;
}

/** Inverse document frequency as Qdrant's `modifier: idf` computes it: ln((N − df + 0.5) / (df + 0.5) + 1). */
export function idf(having: number, documents: number): number {
  return Math.log((documents - having + 0.5) / (having + 0.5) + 1);
}
