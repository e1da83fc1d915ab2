import { analyse } from './analyse.ts';
import { idf } from './evidence.ts';
import type { Language } from './languages.ts';
import { sentences, type Span } from './sentences.ts';

/** A passage that search found, with its score there (any range, the higher the better). */
export type ScoredPassage = { text: string; score: number };
/** A sentence of a passage, as an exact slice of its text. */
export type ExtractedSentence = { passage: number; start: number; end: number; score: number };

const K1 = 1.2;
const B = 0.75;

/**
 * The sentences of the passages that answer a question best, best first.
 */
export function bestSentences(
  question: string,
  passages: readonly ScoredPassage[],
  count: number,
  language?: Language,
): ExtractedSentence[] {
  const asked = new Set(analyse(question, language).stems);
  const cut = passages.flatMap((passage, index) =>
    sentences(passage.text, language).map((span) => ({
      passage: index,
      span,
      stems: analyse(passage.text.slice(span.start, span.end), language).stems,
    })),
  );
  const average = cut.reduce((sum, one) => sum + one.stems.length, 0) / Math.max(1, cut.length);
  const having = (term: string): number => cut.filter((one) => one.stems.includes(term)).length;
  const weight = new Map([...asked].map((term) => [term, idf(having(term), cut.length)]));
  return cut
    .map(({ passage, span, stems }) => {
      let score = 0;
      for (const [term, value] of weight) {
        const times = stems.filter((one) => one === term).length;
        score += (value * times * (K1 + 1)) / (times + K1 * (1 - B + (B * stems.length) / average));
      }
      return { passage, start: span.start, end: span.end, score };
    })
    .filter((one) => one.score > 0)
    .toSorted((a, b) => b.score - a.score || a.passage - b.passage || a.start - b.start)
    .slice(0, count);
}

/** The part of a claim's weight that a sentence must hold to support it. */
const SUPPORT_SHARE = 0.5;

/**
 * The sentence or neighbouring two of a passage that best support a claim, as a slice of it; null when none holds enough of it.
 */
export function support(claim: string, passage: string, language?: Language): Span | null {
  const wanted = new Set(analyse(claim, language).stems);
  if (wanted.size === 0) return null;
  let best: Span | null = null;
  let bestShare = 0;
  for (const span of sentences(passage, language)) {
    const held = new Set(analyse(passage.slice(span.start, span.end), language).stems);
    const share = [...wanted].filter((term) => held.has(term)).length / wanted.size;
    if (share > bestShare) [best, bestShare] = [span, share];
  }
  return bestShare >= SUPPORT_SHARE ? best : null;
}
