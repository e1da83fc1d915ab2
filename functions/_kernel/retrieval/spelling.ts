import { analyse } from './analyse.ts';
import { isFunctionWord, type Language } from './languages.ts';
import { tokenId } from './murmur3.ts';

const WORD = /[\p{L}\p{N}\p{M}]+/gu;
/** Shorter words have too many neighbours; in long ones two slips are still the same word. */
const ONE_SLIP_FROM_CHARS = 4;
const TWO_SLIPS_FROM_CHARS = 8;

const slipsIn = (word: string): number => (word.length >= TWO_SLIPS_FROM_CHARS ? 2 : word.length >= ONE_SLIP_FROM_CHARS ? 1 : 0);

/**
 * A question with the words that stand in no passage replaced by what they were probably meant to be, or null when there is nothing
 * like them.
 *
 * A slip is a letter too many, too few, another or two exchanged, but not the first letter. Candidates are the words of passages that
 * were found by the rest of the question. Source: Damerau 1964; the distance is optimal string alignment.
 * @param unknown token ids of the question's stems that no passage has.
 */
export function respell(question: string, unknown: ReadonlySet<number>, passages: readonly string[], language: Language): string | null {
  if (unknown.size === 0) return null;
  const words = passages.flatMap((passage) => passage.toLowerCase().match(WORD) ?? []);
  const vocabulary = [...new Set(words)].filter((word) => slipsIn(word) > 0 && !isFunctionWord(word, language)).toSorted();
  let replaced = false;
  const respelt = question.replace(WORD, (given) => {
    const word = given.toLowerCase();
    const slips = slipsIn(word);
    const { stems } = analyse(word, language);
    if (slips === 0 || stems.length === 0 || !stems.every((stem) => unknown.has(tokenId(stem)))) return given;
    const near = nearest(word, vocabulary, slips);
    if (near === null) return given;
    replaced = true;
    return near;
  });
  return replaced ? respelt : null;
}

function nearest(word: string, vocabulary: readonly string[], slips: number): string | null {
  let best: string | null = null;
  let fewest = slips + 1;
  for (const candidate of vocabulary) {
    if (candidate[0] !== word[0] || Math.abs(candidate.length - word.length) > slips) continue;
    const distance = alignment(word, candidate);
    if (distance < fewest) [best, fewest] = [candidate, distance];
  }
  return best;
}

/** How many letters apart two words are, where two neighbours exchanged count as one. */
export function alignment(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
