import { analyse } from './analyse.ts';
import { detectLanguage, type Language } from './languages.ts';
import { statements, type Span } from './sentences.ts';

/** A claim may join what two or three neighbouring sentences say; more is the passage itself. */
const SENTENCES_MAX = 3;
/** A longer quote must support more of the claim by this, or the shorter one is the better. */
const SENTENCE_COST = 0.1;
/** The part of a claim that a quote must hold. */
const SHARE_MIN = 0.5;
/** A figure is what a claim stands or falls with. */
const NUMBER_WEIGHT = 3;

/**
 * The sentence of a passage, or up to three in a row, that best support a claim, as a slice of it; null when none does.
 *
 * A claim is supported as far as its stems stand in the quote, numbers counted three times. It compares words, not meaning: it cannot see
 * a negation.
 */
export function support(claim: string, passage: string, language: Language = detectLanguage(claim)): Span | null {
  const wanted = new Map([...new Set(analyse(claim, language).stems)].map((stem) => [stem, /^\p{N}/u.test(stem) ? NUMBER_WEIGHT : 1]));
  const total = [...wanted.values()].reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return null;
  const spans = statements(passage, language);
  const held = spans.map(({ start, end }) => new Set(analyse(passage.slice(start, end), language).stems));
  let best: Span | null = null;
  let bestValue = -Infinity;
  for (const [from, span] of spans.entries()) {
    const found = new Set<string>();
    for (let to = from; to < Math.min(spans.length, from + SENTENCES_MAX); to++) {
      // What stands between two statements and is none, such as a heading, is not quoted with them.
      if (to > from && /\S/.test(passage.slice(spans[to - 1]!.end, spans[to]!.start))) break;
      for (const stem of held[to] ?? []) if (wanted.has(stem)) found.add(stem);
      const share = [...found].reduce((sum, stem) => sum + (wanted.get(stem) ?? 0), 0) / total;
      const value = share - SENTENCE_COST * (to - from);
      if (share >= SHARE_MIN && value > bestValue) {
        best = { start: span.start, end: spans[to]?.end ?? span.end };
        bestValue = value;
      }
    }
  }
  return best;
}
