/** What a collection's own passages say of its evidence signals; kept with it and renewed as it grows. */
export type EvidenceLevels = {
  /** Passages when this was measured; 0 when it never was. */
  passages: number;
  /** What words of the collection reach that were thrown together at random; null when there are too few passages to say. */
  words: number | null;
  /** How near to a question a passage comes that has nothing to do with it, as a cosine; null when it was not measured. */
  dense: number | null;
};

export const NO_LEVELS: EvidenceLevels = { passages: 0, words: null, dense: null };

/** The two signals of a question. `terms` counts its words; `dense` is the best cosine, null when there is no vector of it. */
export type Signals = { terms: number; words: number; dense: number | null };

/** A dense weight below this marks a hash of the words (0.1); neural models weigh about one half (see `models.ts`). */
const BY_WORDS_BELOW = 0.3;

/** Whether an embedding model finds what shares no word with the question, by its weight in the fused score. */
export function seesMoreThanWords(denseWeight: number): boolean {
  return denseWeight >= BY_WORDS_BELOW;
}

/**
 * A small collection has little to be asked by, and asked in other words than its own it shows little: no level is above this curve.
 * Measured on eleven collections and parts of such, of 60 to 1,200 passages: one answerable question in a hundred is refused, one in
 * thirteen of the least favourable (short questions over a handbook); nine in ten of another domain are.
 */
const LEVEL_OF_ONE_PASSAGE = 0.3;
const LEVEL_PER_LOG_SQUARED = 0.018;

/** The signal by words below which a question is not answered from these passages. */
export function wordsLevel({ passages, words }: EvidenceLevels): number {
  const cap = LEVEL_OF_ONE_PASSAGE + LEVEL_PER_LOG_SQUARED * Math.log(Math.max(1, passages)) ** 2;
  return Math.min(words ?? Infinity, cap);
}

/**
 * Whether a question has evidence: its words do, or the passages lie nearer to it than unrelated ones would.
 *
 * An embedder that sees only words has no say, nor has one whose level was not measured: how near is near is each model's own. A
 * question without a word that means anything (function words only) has none.
 */
export function hasEvidence(signals: Signals, levels: EvidenceLevels, denseWeight: number): boolean {
  if (signals.terms === 0) return false;
  if (signals.words >= wordsLevel(levels)) return true;
  if (!seesMoreThanWords(denseWeight) || signals.dense === null) return false;
  return levels.dense !== null && signals.dense >= levels.dense;
}
