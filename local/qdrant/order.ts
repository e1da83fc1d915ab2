import { compareIds, type PointId } from './ids.ts';

/** Ids in Qdrant's order, kept sorted lazily: what was added since the last look is sorted alone and merged. */
export type IdOrder = { add(id: PointId): void; removed(): void; ids(isAlive: (id: PointId) => boolean): readonly PointId[] };

/** An empty order. */
export function idOrder(): IdOrder {
  let sorted: PointId[] = [];
  let fresh: PointId[] = [];
  let dirty = false;
  return {
    add: (id) => void fresh.push(id),
    removed: () => void (dirty = true),
    ids: (isAlive) => {
      if (fresh.length === 0 && !dirty) return sorted;
      const added = fresh.toSorted(compareIds);
      const merged: PointId[] = [];
      const push = (id: PointId): void => {
        if (merged.at(-1) !== id && isAlive(id)) merged.push(id);
      };
      let next = 0;
      for (const id of sorted) {
        for (; next < added.length && compareIds(added[next]!, id) < 0; next += 1) push(added[next]!);
        push(id);
      }
      for (; next < added.length; next += 1) push(added[next]!);
      sorted = merged;
      fresh = [];
      dirty = false;
      return sorted;
    },
  };
}

/** The place of the first id that is not before `id`. */
export function lowerBound(ids: readonly PointId[], id: PointId): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareIds(ids[middle]!, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
