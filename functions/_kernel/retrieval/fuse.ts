/** A candidate of one list: the higher the score, the better; any range. */
export type Scored = { id: string; score: number };
/** A candidate of either list with what each said of it, and both together in 0–1. */
export type Fused = { id: string; dense: number | null; sparse: number | null; fused: number };

/**
 * Joins a dense and a sparse list by min-max normalisation and a weighted sum, best first.
 *
 * `denseWeight` is in 0–1. A candidate that a list lacks, or scores 0 or less, gets 0 from it. A list that was not asked (null, or an
 * empty dense one) has no say, so the other counts whole; a sparse one that found nothing has, and keeps the other low. Equal
 * candidates are ordered by id, so the order in which a list came does not matter. Source: Bruch, Gai and Ingber 2023 (TOIS 42:1).
 */
export function fuse(lists: { dense: readonly Scored[]; sparse: readonly Scored[] | null }, denseWeight: number): Fused[] {
  if (!(denseWeight >= 0 && denseWeight <= 1)) throw new RangeError(`denseWeight must be between 0 and 1, got ${denseWeight}`);
  const dense = best(lists.dense);
  const sparse = best(lists.sparse ?? []);
  const weight = dense.size === 0 ? 0 : lists.sparse === null ? 1 : denseWeight;
  const fromDense = normalised(dense);
  const fromSparse = normalised(sparse);
  return [...new Set([...dense.keys(), ...sparse.keys()])]
    .map((id) => ({
      id,
      dense: dense.get(id) ?? null,
      sparse: sparse.get(id) ?? null,
      fused: clamp(weight * (fromDense.get(id) ?? 0) + (1 - weight) * (fromSparse.get(id) ?? 0)),
    }))
    .toSorted((a, b) => b.fused - a.fused || (a.id < b.id ? -1 : 1));
}

function best(list: readonly Scored[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (const { id, score } of list) if (Number.isFinite(score) && score > (scores.get(id) ?? -Infinity)) scores.set(id, score);
  return scores;
}

/** The best is 1 and the worst 0; where all are equal, all are the best, unless none is above 0: then none says anything. */
function normalised(scores: Map<string, number>): Map<string, number> {
  let low = Infinity;
  let high = 0;
  for (const score of scores.values()) {
    low = Math.min(low, Math.max(0, score));
    high = Math.max(high, score);
  }
  const range = high - low;
  return new Map([...scores].map(([id, score]) => [id, score <= 0 ? 0 : range > 0 ? (score - low) / range : 1]));
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
