import { murmur3 } from './murmur3.ts';

/** Words in a shingle: long enough that two texts do not share one by chance. */
const SHINGLE_WORDS = 4;

/**
 * A text as the set of its runs of four words, hashed; a text of fewer words is one shingle.
 *
 * Source: Broder 1997, "On the resemblance and containment of documents".
 */
export function shingles(text: string): Set<number> {
  const words =
    text.toLowerCase().match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const found = new Set<number>();
  for (let at = 0; at === 0 || at + SHINGLE_WORDS <= words.length; at++) found.add(murmur3(words.slice(at, at + SHINGLE_WORDS).join(' ')));
  return found;
}

/** Resemblance of two texts: shared shingles over all, in 0–1 (Jaccard). */
export function resemblance(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let shared = 0;
  for (const one of a) if (b.has(one)) shared++;
  return shared === 0 ? 0 : shared / (a.size + b.size - shared);
}
