/** Words in a shingle: long enough that two texts do not share one by chance. */
const SHINGLE_WORDS = 4;

/**
 * A text as the set of its runs of four words; a text of fewer words is one shingle.
 *
 * Source: Broder 1997, "On the resemblance and containment of documents".
 */
export function shingles(text: string): Set<string> {
  const words =
    text.toLowerCase().match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const found = new Set<string>();
  for (let at = 0; at === 0 || at + SHINGLE_WORDS <= words.length; at++) found.add(words.slice(at, at + SHINGLE_WORDS).join(' '));
  return found;
}

/**
 * Resemblance of two texts: shared shingles over all, in 0–1 (Jaccard).
 *
 * @param atLeast 0 when left out; of two texts that resemble each other less, 0 is said as soon as that is certain.
 */
export function resemblance(a: ReadonlySet<string>, b: ReadonlySet<string>, atLeast = 0): number {
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  // shared / (all - shared) >= atLeast, so at most this many of the smaller set may be missing; one more forgives rounding
  let spare = few.size - (atLeast / (1 + atLeast)) * (few.size + many.size) + 1;
  let shared = 0;
  for (const one of few) {
    if (many.has(one)) shared++;
    else if (--spare < 0) return 0;
  }
  return shared === 0 ? 0 : shared / (few.size + many.size - shared);
}
