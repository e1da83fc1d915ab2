import { LANGUAGES, type Language } from './languages.ts';
import { DEFAULT_LENGTHS, documentLengths, type AverageLengths } from './sparse.ts';

/** What the chunks of many documents sum up to, in whole numbers, so that it does not matter in which order they came. */
export type Tally = { passages: number; sums: AverageLengths; languages: Partial<Record<Language, number>> };

export const NO_TALLY: Tally = { passages: 0, sums: { stems: 0, bigrams: 0, grams: 0 }, languages: {} };

/** A document as it is weighed: its chunks, and its language, which `voted` says is its own and not a guess. */
export type Measured = { title: string | null; chunks: readonly string[]; language: Language; voted: boolean };

/**
 * Adds a document. Of a long one every k-th chunk is analysed and counts k times, so that none costs more than `most` analyses.
 */
export function tallied(before: Tally, { title, chunks, language, voted }: Measured, most: number): Tally {
  const step = Math.max(1, Math.ceil(chunks.length / most));
  const sums = { ...before.sums };
  let passages = 0;
  for (let at = 0; at < chunks.length; at += step) {
    const weight = Math.min(step, chunks.length - at);
    const lengths = documentLengths({ text: chunks[at]!, title, language });
    sums.stems += weight * lengths.stems;
    sums.bigrams += weight * lengths.bigrams;
    sums.grams += weight * lengths.grams;
    passages += weight;
  }
  const languages = voted ? { ...before.languages, [language]: (before.languages[language] ?? 0) + passages } : before.languages;
  return { passages: before.passages + passages, sums, languages };
}

/** The mean lengths, and the language of most chunks that show one (`otherwise` when none does); of nothing, the default lengths. */
export function statisticsOf({ passages, sums, languages }: Tally, otherwise: Language) {
  let language = otherwise;
  let most = 0;
  for (const one of LANGUAGES) if ((languages[one] ?? 0) > most) [language, most] = [one, languages[one]!];
  const lengths =
    passages === 0 ? DEFAULT_LENGTHS : { stems: sums.stems / passages, bigrams: sums.bigrams / passages, grams: sums.grams / passages };
  return { passages, lengths, language };
}
