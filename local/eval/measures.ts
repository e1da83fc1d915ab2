/** Grades by document: the judged documents of one question. */
export type Judgments = ReadonlyMap<string, number>;

/**
 * Normalised discounted cumulative gain of a ranking at a depth, in 0–1.
 *
 * Source: Järvelin and Kekäläinen 2002, with trec_eval's linear gain and base-2 discount.
 */
export function ndcg(ranking: readonly string[], judgments: Judgments, depth: number): number {
  const gain = (grades: readonly number[]): number => grades.reduce((sum, grade, at) => sum + grade / Math.log2(at + 2), 0);
  const ideal = [...judgments.values()].toSorted((a, b) => b - a).slice(0, depth);
  const found = ranking.slice(0, depth).map((id) => judgments.get(id) ?? 0);
  return ideal.length === 0 ? 0 : gain(found) / gain(ideal);
}

/** The part of the relevant documents that stand in the first `depth`, in 0–1. */
export function recall(ranking: readonly string[], judgments: Judgments, depth: number): number {
  const found = ranking.slice(0, depth).filter((id) => judgments.has(id)).length;
  return judgments.size === 0 ? 0 : found / judgments.size;
}

/** One over the place of the first relevant document; 0 when none stands in the first `depth`. */
export function reciprocalRank(ranking: readonly string[], judgments: Judgments, depth: number): number {
  const at = ranking.slice(0, depth).findIndex((id) => judgments.has(id));
  return at < 0 ? 0 : 1 / (at + 1);
}

/**
 * How often a positive's value lies above a negative's, ties counted half: 0.5 is chance, 1 is perfect.
 *
 * Source: Hanley and McNeil 1982 (area under the ROC curve as the Mann–Whitney statistic).
 */
export function auroc(positives: readonly number[], negatives: readonly number[]): number {
  const all = [...positives.map((value) => ({ value, positive: true })), ...negatives.map((value) => ({ value, positive: false }))];
  all.sort((a, b) => a.value - b.value);
  let rankSum = 0;
  for (let at = 0; at < all.length;) {
    let end = at;
    while (end < all.length && all[end]?.value === all[at]?.value) end++;
    const rank = (at + 1 + end) / 2;
    for (; at < end; at++) if (all[at]?.positive) rankSum += rank;
  }
  const count = positives.length;
  return (rankSum - (count * (count + 1)) / 2) / (count * negatives.length);
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
