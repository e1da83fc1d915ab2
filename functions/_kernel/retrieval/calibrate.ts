import { isFunctionWord, type Language } from './languages.ts';
import { murmur3 } from './murmur3.ts';
import { sentences } from './sentences.ts';

// The levels of the evidence signals come from the collection alone: what the signals are for questions that nobody means.

/** Fewer passages than this hold too few words that have nothing to do with each other; `wordsLevel` then goes by their number. */
export const CALIBRATED_FROM_PASSAGES = 100;
/** Questions made up, of this many words and more: as long as what people ask. */
const QUESTIONS = 64;
const WORDS_MIN = 3;
const WORDS_LENGTHS = 10;
/** Above the mean by this many standard deviations; measured on judged collections to refuse about one answerable question in twenty. */
const WORDS_DEVIATIONS = 0.25;
/** Below the mean by this many: nine in ten of what is nearest to a sentence, its own document aside, is nearer than the level. */
const DENSE_DEVIATIONS = -1.28;
/** Fewer cosines than this say nothing of their spread. */
const DENSE_MIN = 8;
const SENTENCE_CHARS = { least: 40, most: 300 };

const WORD = /[\p{L}\p{N}\p{M}]{2,}/gu;
const UNSEPARATED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const UNSEPARATED_WORD = /.{2,3}/gu;

/** One word of a passage that is no function word, chosen by a hash of the passage, so that it is always the same one; null when it has none. */
export function wordOf(passage: string, language: Language): string | null {
  const words = [...passage.matchAll(WORD)]
    .flatMap(([word]) => (UNSEPARATED.test(word) ? (word.match(UNSEPARATED_WORD) ?? []) : [word]))
    .filter((word) => !isFunctionWord(word.toLowerCase(), language));
  return words[murmur3(passage) % words.length] ?? null;
}

/** Questions of 3 to 12 words thrown together from all over a collection, always the same from the same words. */
export function chanceQuestions(words: readonly string[]): string[] {
  return Array.from({ length: QUESTIONS }, (_, question) =>
    Array.from({ length: WORDS_MIN + (question % WORDS_LENGTHS) }, (__, at) => words[murmur3(String(question), at) % words.length]).join(
      ' ',
    ),
  );
}

/** The level by words: what is above it is more than words find together by chance. @param signals of the questions made up. */
export function levelOfWords(signals: readonly number[]): number | null {
  return signals.length === 0 ? null : level(signals, WORDS_DEVIATIONS);
}

/** The sentences of a passage to ask the embedder with, from one that is chosen by a hash of the passage; empty when none has a sentence's length. */
export function sentencesOf(passage: string, language: Language): string[] {
  const fit = sentences(passage, language)
    .map(({ start, end }) => passage.slice(start, end))
    .filter(({ length }) => length >= SENTENCE_CHARS.least && length <= SENTENCE_CHARS.most);
  const first = murmur3(passage) % Math.max(1, fit.length);
  return [...fit.slice(first), ...fit.slice(0, first)];
}

/** One of each list, then the second of each that has one, and so on, at most `most` in all. */
export function inTurn<T>(lists: readonly (readonly T[])[], most: number): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1)))
    .flat()
    .slice(0, most);
}

/** Titles that half of a sample's passages or more bear, which say nothing of what a document is about. */
export function commonTitles(titles: readonly (string | null)[]): Set<string> {
  const counts = new Map<string, number>();
  for (const title of titles) if (title !== null) counts.set(title, (counts.get(title) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count * 2 >= titles.length).map(([title]) => title));
}

/** The level of the dense signal; null for fewer than eight. @param cosines of sentences with the nearest passage of another document. */
export function levelOfDense(cosines: readonly number[]): number | null {
  return cosines.length < DENSE_MIN ? null : level(cosines, DENSE_DEVIATIONS);
}

function level(values: readonly number[], deviations: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return mean + deviations * Math.sqrt(variance);
}

/** A generation's size, and its first passages in the order of their ids, which are hashes: a sketch of which passages it has. */
export type Extent = { passages: number; sample: readonly string[] };

/** A change by a quarter moves no level by more than sampling does. */
const OUTGROWN_BY = 1.25;
/** While a job goes on, its collection is measured when it has doubled, so that a long job measures often at first and seldom later. */
export const OUTGROWN_MIDWAY_BY = 2;

/**
 * Whether a collection has changed in size by so much since it was measured, or as much of it was replaced. Default: a quarter.
 *
 * What was replaced is told by the sketches: the part of the one now that is not in the one then (Broder 1997, min-wise hashing).
 */
export function isOutgrown(then: Extent, now: Extent, by = OUTGROWN_BY): boolean {
  if (now.passages === 0) return false;
  if (now.passages >= then.passages * by || now.passages <= then.passages / by) return true;
  const before = new Set(then.sample);
  return now.sample.filter((id) => !before.has(id)).length > now.sample.length * (by - 1);
}
