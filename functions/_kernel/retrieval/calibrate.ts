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

/** One sentence of a passage to ask the embedder with, chosen by a hash of the passage; null when none is of a sentence's length. */
export function sentenceOf(passage: string, language: Language): string | null {
  const fit = sentences(passage, language)
    .map(({ start, end }) => passage.slice(start, end))
    .filter(({ length }) => length >= SENTENCE_CHARS.least && length <= SENTENCE_CHARS.most);
  return fit[murmur3(passage) % fit.length] ?? null;
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

/** Whether a collection has changed in size by a quarter since it was measured: less moves no level by more than sampling does. */
export function isOutgrown(measuredAt: number, passages: number): boolean {
  return passages > 0 && (passages >= measuredAt * 1.25 || passages <= measuredAt / 1.25);
}
