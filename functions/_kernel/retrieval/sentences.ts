import type { Language } from './languages.ts';

/** A half-open range of UTF-16 code units, as `String.prototype.slice` takes it. */
export type Span = { start: number; end: number };

// Before a capital these do not end a sentence: initials, titles of persons, Latin, and what stands inside a sentence in five languages.
const ABBREVIATION =
  /(?:^|[\s("'“„«])(?:\p{L}(?:\. ?\p{L})*|Mrs?|Ms|Drs?|Prof|Sr|Jr|St|Mt|Ft|Gen|Col|Capt|Lt|Sgt|Maj|Cmdr|Adm|Rev|Fr|Hon|Gov|Sen|Rep|Pres|Supt|Messrs|Mme|Mlle|MM|vs?|cf|viz|al|approx|ca?|eds?|trans|est|resp|Inc|Ltd|Corp|Co|Bros|Dept|Univ|Assn|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|bzw|evtl|ggf|vgl|Str|Abs|Bd|Hrsg|Jhd?|Mio|Mrd|sog|geb|gest|dt|engl|inkl|exkl|zzgl|Sra|Srta|Uds?|aprox|av|éd|env|dott|ing|гг?|им|др|ул)\.["'”’»)\]]*$/u;
// Ordinary words too, so only a figure after them says that they were cut short.
const NUMBERED = /(?:^|[\s(])(?:nos?|nr|vols?|pp?|arts?|ch|chap|sec|figs?|eqs?|refs?|pág|núm|п|рис|стр|max|min)\.$/iu;
const ORDINAL = /(?:^|[\s(])\d{1,2}\.$/u;
const ENDS_SENTENCE = /[.!?…。！？؟।]["'”’»)\]*_`]*$/u;

/** The longest abbreviation, and the word before it. */
const ABBREVIATION_READ_CHARS = 40;

/** A list item, a heading, a quotation, a table row or a fence. */
const STARTS_BLOCK = /^(?:[-*•+#>|]|`{3}|\d{1,3}[.)]\s)/;
/** Shorter lines are headings, verses and rows; hard-wrapped prose breaks at 60 to 80. */
const WRAPPED_LINE_CHARS = 50;

const segmenters = new Map<Language, Intl.Segmenter>();

/**
 * The sentences of a text, in order: together they hold every character that is not white space, and no two overlap.
 *
 * Cut by Unicode's rules, mended where an abbreviation, an initial, an ordinal or a wrapped line was taken for an end.
 * Source: Unicode Standard Annex 29, section 5.
 */
export function sentences(text: string, language: Language = 'en'): Span[] {
  const found: Span[] = [];
  for (const { segment, index } of segmenter(language).segment(text)) {
    const start = index + segment.length - segment.trimStart().length;
    const end = index + segment.trimEnd().length;
    if (start >= end) continue;
    const last = found.at(-1);
    if (last !== undefined && continues(text, last, start, language)) last.end = end;
    else found.push({ start, end });
  }
  return found;
}

/** Whether a text that ends in a full stop ends in an abbreviation, so that its sentence may go on. */
export function endsAbbreviated(text: string): boolean {
  const end = text.slice(-ABBREVIATION_READ_CHARS);
  return ABBREVIATION.test(end) || NUMBERED.test(end);
}

function segmenter(language: Language): Intl.Segmenter {
  let known = segmenters.get(language);
  if (known === undefined) {
    known = new Intl.Segmenter(language === 'und' ? 'en' : language, { granularity: 'sentence' });
    segmenters.set(language, known);
  }
  return known;
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

/** Whether a line break only wraps a sentence: the line before it is long and open, and what follows is no list, heading or row. */
function wraps(text: string, last: Span, start: number): boolean {
  const line = text.slice(Math.max(last.start, text.lastIndexOf('\n', last.end - 1) + 1), last.end);
  if (ENDS_SENTENCE.test(line) || STARTS_BLOCK.test(text.slice(start, start + 8))) return false;
  return /^[\p{Ll}(]/u.test(text.slice(start, start + 2)) || line.length >= WRAPPED_LINE_CHARS;
}

const UNDERLINED = /^[ \t]*\r?\n {0,3}(?:=+|-+)[ \t]*(?:[\r\n]|$)/;
const HASHED = /^#{1,6}(?:\s[^\n]*)?(?:\n\s*|$)/;

/**
 * The sentences of a text that can state something: without Markdown's headings (CommonMark 4.2 and 4.3), rules and fences.
 *
 * A heading that runs on into a sentence is cut off it.
 */
export function statements(text: string, language: Language = 'en'): Span[] {
  return sentences(text, language).flatMap(({ start, end }) => {
    const [heading = ''] = HASHED.exec(text.slice(start, end)) ?? [];
    const from = start + heading.length;
    const underlined = UNDERLINED.test(text.slice(end, end + 200));
    return from < end && !underlined && /[\p{L}\p{N}]/u.test(text.slice(from, end)) ? [{ start: from, end }] : [];
  });
}
