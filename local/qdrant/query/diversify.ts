import { type Collection, vectorsAt } from '../collection.ts';
import type { Hit } from '../vectors/top.ts';
import { type QueryVector, rank } from './score.ts';

/**
 * Maximal marginal relevance: picks, one by one, the hit with the greatest `λ · relevance − (1 − λ) · likeness to what was picked`.
 *
 * λ is `1 − diversity`. Carbonell and Goldstein (SIGIR 1998); hits keep their own scores, as in Qdrant.
 */
export function diversify(
  collection: Collection,
  name: string,
  query: QueryVector,
  hits: readonly Hit[],
  diversity: number,
  limit: number,
): Hit[] {
  const slots = Uint32Array.from(hits, ({ slot }) => slot).toSorted();
  const to = (vector: QueryVector): Map<number, number> => {
    const ranks = new Map<number, number>();
    rank(collection, name, vector, slots, (slot, score) => void ranks.set(slot, score));
    return ranks;
  };
  const relevance = to(query);
  const nearestPicked = new Map<number, number>();
  const left = new Map(hits.map((hit) => [hit.slot, hit]));
  const picked: Hit[] = [];
  const value = (slot: number): number => {
    const likeness = nearestPicked.get(slot);
    const own = relevance.get(slot) ?? 0;
    return likeness === undefined ? own : (1 - diversity) * own - diversity * likeness;
  };
  while (picked.length < limit && left.size > 0) {
    let next: Hit | null = null;
    for (const hit of left.values()) if (next === null || value(hit.slot) > value(next.slot)) next = hit;
    if (next === null) break;
    picked.push(next);
    left.delete(next.slot);
    const vector = vectorsAt(collection, next.slot).get(name);
    if (vector === undefined) continue;
    const asQuery: QueryVector = vector.kind === 'sparse' ? { kind: 'sparse', vector } : vector;
    for (const [slot, likeness] of to(asQuery)) nearestPicked.set(slot, Math.max(nearestPicked.get(slot) ?? -Infinity, likeness));
  }
  return picked;
}
