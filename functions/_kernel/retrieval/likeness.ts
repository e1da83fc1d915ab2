import type { Hit } from '../http/fields.ts';
import { resemblance, shingles } from './shingles.ts';

/** Two passages of which nine tenths are the same say the same. */
export const DUPLICATE_AT = 0.9;
/** Unless their figures differ: a price list of this year is no copy of last year's, however long what they share. */
const OTHER_FIGURES_AT_MOST = 0.89;

/** How alike two hits are, for `diversify`: each text is cut once. Never as much as a duplicate when their numbers are not the same. */
export function likeness(): (a: { hit: Hit }, b: { hit: Hit }, atLeast: number) => number {
  const figures = once(({ text }) => (text.match(/\p{N}+/gu) ?? []).toSorted().join(' '));
  const cut = once(({ text }) => shingles(text));
  return (a, b, atLeast) => {
    const most = figures(a.hit) === figures(b.hit) ? 1 : OTHER_FIGURES_AT_MOST;
    return most < atLeast ? 0 : Math.min(most, resemblance(cut(a.hit), cut(b.hit), atLeast));
  };
}

/** What a hit's text comes to, computed when it is first asked for. */
function once<T>(of: (hit: Hit) => T): (hit: Hit) => T {
  const known = new Map<string, T>();
  return (hit) => {
    const value = known.get(hit.chunkId) ?? of(hit);
    known.set(hit.chunkId, value);
    return value;
  };
}
