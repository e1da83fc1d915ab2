import { analyse } from './analyse.ts';
import { detectLanguage, type Language } from './languages.ts';
import { tokenId } from './murmur3.ts';
import type { SparseVector } from './sparse.ts';

/**
 * A term of the question and the most that it can add to a passage's score in this collection: its IDF, or, nearer to the truth, the
 * best score of a search for it alone. Null: it stands in no passage.
 */
export type Term = { attainable: number | null };

/** What a term that stands nowhere could have added: BM25's weight for one occurrence in a short passage, at the IDF of the unseen. */
const UNSEEN_WEIGHT = 1.5;
/** A question of one or two terms is judged as one of three: whether it is found at all hangs on a single word. */
const TERMS_MIN = 3;

/**
 * How much of what a question asks about the best passage holds: its score over the sum of what the question's terms could add,
 * times the root of their number, because of n unrelated terms a passage holds more by chance the fewer they are.
 *
 * 0 when nothing is asked or found. A term that stands nowhere counts as `ln(1 + N)`, so a missing subject lowers the signal. A
 * threshold on it belongs to a collection. It tells a subject that is absent from one that is there; it cannot tell a question that is
 * subtly wrong.
 * @param asked the number of the question's terms, when `terms` is a sample of them.
 */
export function evidence(bestScore: number, terms: readonly Term[], passages: number, asked = terms.length): number {
  const unseen = UNSEEN_WEIGHT * Math.log(1 + Math.max(0, passages));
  const sampled = terms.reduce((sum, { attainable }) => sum + (attainable ?? unseen), 0);
  if (!(sampled > 0) || !Number.isFinite(bestScore)) return 0;
  const attainable = (sampled * asked) / terms.length;
  return (Math.max(0, bestScore) / attainable) * Math.sqrt(Math.max(TERMS_MIN, asked));
}

/**
 * One search for each different stem of a question, to be asked with `limit: 1` beside the search itself: the score of the one hit is
 * that term's `attainable`, no hit is null.
 */
export function termProbes(question: string, language: Language = detectLanguage(question)): SparseVector[] {
  const counts = new Map<number, number>();
  for (const stem of analyse(question, language).stems) counts.set(tokenId(stem), (counts.get(tokenId(stem)) ?? 0) + 1);
  return [...counts].map(([index, count]) => ({ indices: [index], values: [count] }));
}

/** At most `most` of a list, evenly spread over it. */
export function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, at) => list[Math.floor((at * list.length) / most)]!);
}

/** Inverse document frequency as Qdrant's `modifier: idf` computes it: ln((N − df + 0.5) / (df + 0.5) + 1). */
export function idf(having: number, documents: number): number {
  return Math.log((documents - having + 0.5) / (having + 0.5) + 1);
}
