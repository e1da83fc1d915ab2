import { analyse } from './analyse.ts';
import { detectLanguage, type Language } from './languages.ts';
import { numbersGiven, numbersHeld } from './numbers.ts';
import { statements, type Span } from './sentences.ts';

/** What a claim says, piece by piece: its stems and its numbers, each with its weight and the tokens that hold it. */
export type Claim = { language: Language; pieces: readonly { weight: number; tokens: readonly string[] }[]; total: number };
/** A text that claims are compared with; it is cut once for each language. */
export type Source = { text: string; numbers(): ReadonlySet<string>; cut(language: Language): readonly Unit[] };
type Unit = { span: Span; tokens: ReadonlySet<string> };
/** Where a source says most of a claim: which of its pieces, and their part of its weight in 0–1. */
export type Place = { span: Span; pieces: ReadonlySet<number>; share: number };

/** A claim may join what two or three neighbouring sentences say; more is the passage itself. */
const SENTENCES_MAX = 3;
/** A longer quote must hold more of the claim by this, or the shorter one is the better. */
const SENTENCE_COST = 0.1;
/** The part of a claim that a quote must hold to support it. */
export const SHARE_MIN = 0.5;
/** A figure is what a claim stands or falls with. */
const NUMBER_WEIGHT = 3;

const isFigure = (stem: string): boolean => /^\p{N}/u.test(stem);
const numberToken = (number: string): string => `# ${number}`;

/** A statement as a claim to be compared with sources. */
export function claimOf(statement: string, language: Language = detectLanguage(statement)): Claim {
  const stems = new Set(analyse(statement, language).stems.filter((stem) => !isFigure(stem)));
  const numbers = new Map(numbersGiven(statement, language).map((readings) => [readings[0], readings]));
  const pieces = [
    ...[...stems].map((stem) => ({ weight: 1, tokens: [stem] })),
    ...[...numbers.values()].map((readings) => ({ weight: NUMBER_WEIGHT, tokens: readings.map(numberToken) })),
  ];
  return { language, pieces, total: pieces.reduce((sum, { weight }) => sum + weight, 0) };
}

/** A passage as a source for claims. */
export function sourceOf(text: string): Source {
  const known = new Map<Language, Unit[]>();
  let numbers: Set<string> | null = null;
  return {
    text,
    numbers: () => (numbers ??= numbersHeld(text)),
    cut(language) {
      const units = known.get(language) ?? statements(text, language).map((span) => unit(text.slice(span.start, span.end), span, language));
      known.set(language, units);
      return units;
    },
  };
}

function unit(text: string, span: Span, language: Language): Unit {
  return { span, tokens: new Set([...analyse(text, language).stems, ...[...numbersHeld(text)].map(numberToken)]) };
}

/** The weight of some pieces of a claim over that of all, in 0–1. */
export function shareOf({ pieces, total }: Claim, held: ReadonlySet<number>): number {
  return total === 0 ? 0 : [...held].reduce((sum, at) => sum + (pieces[at]?.weight ?? 0), 0) / total;
}

/**
 * The sentence of a source, or up to three in a row, that hold most of a claim; null when none holds any of it.
 *
 * It compares words, numbers counted three times, and not meaning: it cannot see a negation.
 */
export function bestPlace(claim: Claim, source: Source): Place | null {
  const units = source.cut(claim.language);
  let best: Place | null = null;
  let bestValue = 0;
  for (const [from, { span }] of units.entries()) {
    const held = new Set<number>();
    for (let to = from; to < Math.min(units.length, from + SENTENCES_MAX); to++) {
      // What stands between two statements and is none, such as a heading, is not quoted with them.
      if (to > from && /\S/.test(source.text.slice(units[to - 1]!.span.end, units[to]!.span.start))) break;
      for (const [at, { tokens }] of claim.pieces.entries()) if (tokens.some((token) => units[to]!.tokens.has(token))) held.add(at);
      const share = shareOf(claim, held);
      const value = share - SENTENCE_COST * (to - from);
      if (share > 0 && value > bestValue) {
        best = { span: { start: span.start, end: units[to]!.span.end }, pieces: new Set(held), share };
        bestValue = value;
      }
    }
  }
  return best;
}
