import type { Language } from './languages.ts';
import { ABBREVIATION, ABBREVIATION_READ_CHARS, NEXT_READ_CHARS, NUMBERED, segmenter, segments, surelyEnds } from './segments.ts';

/** A half-open range of UTF-16 code units, as `String.prototype.slice` takes it. */
export type Span = { start: number; end: number };

const ORDINAL = /(?:^|[\s(])\d{1,2}\.$/u;
const ENDS_SENTENCE = /[.!?…。！？؟।]["'”’»)\]*_`]*$/u;

/** A list item, a heading, a quotation, a table row or a fence. */
const STARTS_BLOCK = /^(?:[-*•+#>|]|`{3}|~{3}|\d{1,3}[.)]\s)/;
/** Shorter lines are headings, verses and rows; hard-wrapped prose breaks at 60 to 80. */
const WRAPPED_LINE_CHARS = 50;

/**
 * The sentences of a text, in order: together they hold every character that is not white space, and no two overlap.
 *
 * Cut by Unicode's rules, mended where an abbreviation, an initial, an ordinal or a wrapped line was taken for an end.
 * Source: Unicode Standard Annex 29, section 5.
 */
export function sentences(text: string, language: Language = 'en'): Span[] {
  return joined(segmenter(language).segment(text), (last, start) => continues(text, last, start, language));
}

/** Segments without the white space around them, each with those that go on with it. */
function joined(cut: Iterable<{ segment: string; index: number }>, goesOn: (last: Span, start: number) => boolean): Span[] {
  const found: Span[] = [];
  for (const { segment, index } of cut) {
    const start = index + segment.length - segment.trimStart().length;
    const end = index + segment.trimEnd().length;
    if (start >= end) continue;
    const last = found.at(-1);
    if (last !== undefined && goesOn(last, start)) last.end = end;
    else found.push({ start, end });
  }
  return found;
}

function continues(text: string, last: Span, start: number, language: Language): boolean {
  const gap = text.slice(last.end, start);
  if (/\n[^\S\n]*\n/u.test(gap)) return false;
  const before = text.slice(Math.max(last.start, last.end - ABBREVIATION_READ_CHARS), last.end);
  const after = text.slice(start, start + 2);
  if (gap.includes('\n')) return wraps(text, last, start);
  if (NUMBERED.test(before) && /^\p{N}/u.test(after)) return true;
  if (ABBREVIATION.test(before) || /^\p{Ll}/u.test(after)) return true;
  return (language === 'de' || language === 'da' || language === 'no' || language === 'fi' || language === 'hu') && ORDINAL.test(before);
}

/** Whether a place is in a fenced block of code or opens or closes it: its lines are no wrapped prose (CommonMark 4.5). */
function fenced(text: string): (at: number) => boolean {
  const blocks = [...text.matchAll(/^ {0,3}(`{3,}|~{3,})[^`\n]*(?:\n(?:[^]*?\n)?? {0,3}\1[`~]*[ \t]*$|[^]*)/gm)];
  const ranges = blocks.map(({ 0: block, index }) => [index, index + block.length] as const);
  return (at) => ranges.some(([from, to]) => at >= from && at < to);
}

/** Whether a line break only wraps a sentence: the line before it is long and open, and what follows is no list, heading or row. */
function wraps(text: string, last: Span, start: number): boolean {
  const line = text.slice(Math.max(last.start, text.lastIndexOf('\n', last.end - 1) + 1), last.end);
  if (ENDS_SENTENCE.test(line) || STARTS_BLOCK.test(text.slice(start, start + 8))) return false;
  return /^[\p{Ll}(]/u.test(text.slice(start, start + 2)) || line.length >= WRAPPED_LINE_CHARS;
}

/** Whether a sentence ends before one that begins in small letters, in its line. */
function endsBeforeSmall(text: string, last: Span, start: number, language: Language): boolean {
  if (text.slice(last.end, start).includes('\n') || !/^[`\p{Ll}]/u.test(text.slice(start, start + 2))) return false;
  return surelyEnds(text.slice(last.start, last.end), text.slice(start, start + NEXT_READ_CHARS), language);
}

/** By a line of a heading, or by the one that parts a table's head from its rows. */
const UNDERLINED = /^[ \t]*\r?\n {0,3}(?:=+|-+|(?:\|[ \t]*)?:?-+:?[ \t]*\|[ \t:|-]*)[ \t]*(?:[\r\n]|$)/;
const SAYS_SOMETHING = /[\p{L}\p{N}]/u;
const FENCE = /^(?:`{3}|~{3})/;
const HASHED = /^#{1,6}(?:\s[^\n]*)?(?:\n\s*|$)/;

/**
 * The sentences of a text that can state something: without Markdown's headings (CommonMark 4.2 and 4.3), rules, fences and heads of
 * tables; each line of fenced code for itself. Cut finer than `sentences`, by which texts are indexed: before small letters as well.
 *
 * A heading that runs on into a sentence is cut off it.
 */
export function statements(text: string, language: Language = 'en'): Span[] {
  const isCode = fenced(text);
  const goesOn = (last: Span, start: number): boolean =>
    !isCode(start) &&
    SAYS_SOMETHING.test(text.slice(last.start, last.end)) &&
    !endsBeforeSmall(text, last, start, language) &&
    continues(text, last, start, language);
  return joined(segments(text, language), goesOn).flatMap(({ start, end }) => {
    const [heading = ''] = HASHED.exec(text.slice(start, end)) ?? [];
    const from = start + heading.length;
    const underlined = UNDERLINED.test(text.slice(end, end + 200));
    return from < end && !underlined && !FENCE.test(text.slice(from, end)) && SAYS_SOMETHING.test(text.slice(from, end))
      ? [{ start: from, end }]
      : [];
  });
}
