import { isFunctionWord, type Language } from './languages.ts';

// Before a capital these do not end a sentence: initials, titles of persons, Latin, and what stands inside a sentence in five languages.
export const ABBREVIATION =
  /(?:^|[\s("'“„«])(?:\p{L}(?:\. ?\p{L})*|Mrs?|Ms|Drs?|Prof|Sr|Jr|St|Mt|Ft|Gen|Col|Capt|Lt|Sgt|Maj|Cmdr|Adm|Rev|Fr|Hon|Gov|Sen|Rep|Pres|Supt|Messrs|Mme|Mlle|MM|vs?|cf|viz|al|approx|ca?|eds?|trans|est|resp|Inc|Ltd|Corp|Co|Bros|Dept|Univ|Assn|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|bzw|evtl|ggf|vgl|Str|Abs|Bd|Hrsg|Jhd?|Mio|Mrd|sog|geb|gest|dt|engl|inkl|exkl|zzgl|Sra|Srta|Uds?|aprox|av|éd|env|dott|ing|гг?|им|др|ул)\.["'”’»)\]]*$/u;
// Ordinary words too, so only a figure after them says that they were cut short.
export const NUMBERED = /(?:^|[\s(])(?:nos?|nr|vols?|pp?|arts?|ch|chap|sec|figs?|eqs?|refs?|pág|núm|п|рис|стр|max|min)\.$/iu;
/** The longest abbreviation, and the word before it. */
export const ABBREVIATION_READ_CHARS = 40;
/** Of what follows, as much as tells whether it is a name of code. */
export const NEXT_READ_CHARS = 80;

// Before a small letter most short words may have been cut short, and these longer ones; these short ones are before a name of code.
const CUT_SHORT =
  /^(?:etc|usw|bspw|incl|excl|misc|orig|approx|urspr|griech|franz|portug|niederl|schwed|einschl|ausschl|zuzügl|abzügl|entspr|versch|wahrsch|vermutl|insbes|jährl|monatl|tägl|nördl|südl|östl|westl|evang|allgem)$/iu;
/** Shorter words than this may be cut short. */
const WHOLE_WORD_CHARS = 5;
/** The white space between a full stop and what begins in small letters or as code, in a line. */
const BEFORE_SMALL = /(?<=\.["'”’»)\]`*_]{0,8})[^\S\n]+(?=[`\p{Ll}])/gu;
/** A word, a full stop that is no ellipsis, and the marks that close it. */
const ENDING = /([\p{L}\p{M}\p{N}]*)[`)\]*_]*(?<!\.)\.[)\]`*_]*(["'”’»]?)[)\]`*_]*$/u;
/** Code begins a sentence in small letters: between backticks, a path, an option, a name of several words. */
const CODE_NAME = /^`|[\p{L}\p{N}][-_/.:(=][\p{L}\p{N}/]|\p{Ll}\p{Lu}|\/$/u;

const segmenters = new Map<Language, Intl.Segmenter>();

/** Whether a text that ends in a full stop ends in an abbreviation, so that its sentence may go on. */
export function endsAbbreviated(text: string): boolean {
  const end = text.slice(-ABBREVIATION_READ_CHARS);
  return ABBREVIATION.test(end) || NUMBERED.test(end);
}

/** Unicode's cutter of sentences for a language. */
export function segmenter(language: Language): Intl.Segmenter {
  let known = segmenters.get(language);
  if (known === undefined) {
    known = new Intl.Segmenter(language === 'und' ? 'en' : language, { granularity: 'sentence' });
    segmenters.set(language, known);
  }
  return known;
}

/** Unicode's sentences, cut where one that begins in small letters surely follows another, which its rules do not see. */
export function* segments(text: string, language: Language): Generator<{ segment: string; index: number }> {
  for (const { segment, index } of segmenter(language).segment(text)) {
    let from = 0;
    for (const { 0: gap, index: at } of segment.matchAll(BEFORE_SMALL)) {
      const to = at + gap.length;
      const before = segment.slice(Math.max(from, at - ABBREVIATION_READ_CHARS), at);
      if (!surelyEnds(before, segment.slice(to, to + NEXT_READ_CHARS), language)) continue;
      yield { segment: segment.slice(from, to), index: index + from };
      from = to;
    }
    yield { segment: segment.slice(from), index: index + from };
  }
}

/** Whether a text ends with its sentence, though the next one begins in small letters or as code. @param after its beginning. */
export function surelyEnds(before: string, after: string, language: Language): boolean {
  const ending = ENDING.exec(before.slice(-ABBREVIATION_READ_CHARS));
  const [, word = '', quotes = ''] = ending ?? [];
  if (ending === null || /\p{N}$/u.test(word) || CUT_SHORT.test(word) || endsAbbreviated(before)) return false;
  if (CODE_NAME.test(/^\S*/.exec(after)![0])) return true;
  return quotes === '' && (word.length >= WHOLE_WORD_CHARS || isFunctionWord(word.toLowerCase(), language));
}
