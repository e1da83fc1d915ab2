/** A slot and its score. */
export type Hit = { slot: number; score: number };

/**
 * Keeps the best `k` of the hits pushed, greater scores first and lower slots first among equals.
 *
 * Because the order is total, the first k of a longer list are the shorter list.
 */
export function best(k: number): { push(slot: number, score: number): void; take(): Hit[] } {
  // A binary heap with the worst hit on top, in two parallel arrays.
  const scores: number[] = [];
  const slots: number[] = [];
  const worse = (a: number, b: number): boolean => scores[a]! < scores[b]! || (scores[a] === scores[b] && slots[a]! > slots[b]!);
  const swap = (a: number, b: number): void => {
    [scores[a], scores[b]] = [scores[b]!, scores[a]!];
    [slots[a], slots[b]] = [slots[b]!, slots[a]!];
  };
  const sink = (): void => {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      let low = at;
      if (left < scores.length && worse(left, low)) low = left;
      if (left + 1 < scores.length && worse(left + 1, low)) low = left + 1;
      if (low === at) return;
      swap(at, low);
      at = low;
    }
  };
  return {
    push: (slot, score) => {
      if (scores.length === k) {
        if (k === 0 || score < scores[0]! || (score === scores[0] && slot > slots[0]!)) return;
        scores[0] = score;
        slots[0] = slot;
        sink();
        return;
      }
      scores.push(score);
      slots.push(slot);
      for (let at = scores.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!worse(at, parent)) return;
        swap(at, parent);
        at = parent;
      }
    },
    take: () => {
      const hits = scores.map((score, i) => ({ slot: slots[i]!, score }));
      return hits.toSorted((a, b) => b.score - a.score || a.slot - b.slot);
    },
  };
}
