import type { Hit } from '../http/fields.ts';
import { resemblance, shingles } from './shingles.ts';

/** Two passages of which nine tenths are the same say the same. */
export const DUPLICATE_AT = 0.9;
/** Unless their figures differ: a price list of this year is no copy of last year's, however long what they share. */
const OTHER_FIGURES_AT_MOST = 0.89;

type Print = { shingles: Set<string>; figures: string };

/** How alike two hits are, for `diversify`: each text is cut once. Never as much as a duplicate when their numbers are not the same. */
export function likeness(): (a: { hit: Hit }, b: { hit: Hit }, atLeast: number) => number {
  const prints = new Map<string, Print>();
  const printOf = ({ chunkId, text }: Hit): Print => {
    const print = prints.get(chunkId) ?? { shingles: shingles(text), figures: (text.match(/\p{N}+/gu) ?? []).toSorted().join(' ') };
    prints.set(chunkId, print);
    return print;
  };
  return (a, b, atLeast) => {
    const [one, other] = [printOf(a.hit), printOf(b.hit)];
    const most = one.figures === other.figures ? 1 : OTHER_FIGURES_AT_MOST;
    return most < atLeast ? 0 : Math.min(most, resemblance(one.shingles, other.shingles, atLeast));
  };
}
