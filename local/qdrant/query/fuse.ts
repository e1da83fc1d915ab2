import { badInput } from '../errors.ts';
import type { Hit } from '../vectors/top.ts';

/**
 * Reciprocal rank fusion: each list gives `1 / ((position + 1) / weight + k − 1)`, positions from 0, and the scores add up.
 *
 * Cormack, Clarke, Büttcher (SIGIR 2009), with Qdrant's weights (`reciprocal_rank_fusion.rs`); 400 when there are not as many weights as lists.
 */
export function reciprocalRank(lists: readonly (readonly Hit[])[], k: number, weights: readonly number[] | null): Hit[] {
  if (weights !== null && weights.length !== lists.length)
    throw badInput(
      `Validation failed: Number of weights in RRF should match number of pre-fetches: got ${weights.length}, expected ${lists.length}`,
    );
  const scored = lists.map((list, i) => {
    const weight = weights?.[i] ?? 1;
    return list.map(({ slot }, position) => ({ slot, score: weight <= 0 ? 0 : 1 / ((position + 1) / weight + k - 1) }));
  });
  return addUp(scored);
}

/** Distribution-based score fusion: each list's scores to `(s − (μ − 3σ)) / 6σ`, σ from the sample variance, 0.5 when it is zero; then the sum. */
export function distributionBased(lists: readonly (readonly Hit[])[]): Hit[] {
  return addUp(
    lists.map((list) => {
      const mean = list.reduce((sum, { score }) => sum + score, 0) / list.length;
      const variance = list.length < 2 ? 0 : list.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / (list.length - 1);
      const spread = 3 * Math.sqrt(variance);
      return list.map(({ slot, score }) => ({ slot, score: spread === 0 ? 0.5 : (score - (mean - spread)) / (2 * spread) }));
    }),
  );
}

function addUp(lists: readonly (readonly Hit[])[]): Hit[] {
  const sums = new Map<number, number>();
  for (const list of lists) for (const { slot, score } of list) sums.set(slot, (sums.get(slot) ?? 0) + score);
  const hits = Array.from(sums, ([slot, score]) => ({ slot, score: Math.fround(score) }));
  return hits.toSorted((a, b) => b.score - a.score || a.slot - b.slot);
}
