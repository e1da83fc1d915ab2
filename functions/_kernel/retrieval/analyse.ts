import { codeIn } from './code.ts';
import { detectLanguage, isFunctionWord, type Language } from './languages.ts';
import { stem } from './stem.ts';

/** A text as three families of tokens, in text order, repeats kept. */
export type Analysis = {
  language: Language;
  /** Snowball stems without function words; single characters and pairs where words are not separated. */
  stems: string[];
  /** Neighbouring stems, joined by a space; runs of three characters where words are not separated. */
  bigrams: string[];
  /** Four characters of a folded word in its boundaries. */
  grams: string[];
};

/** A question is what a person typed; in a document two words may stand glued together that are no identifier. */
export type Source = 'question' | 'document';

// Scripts written without spaces are cut in characters and pairs, as Lucene's CJKBigramFilter does; without a dictionary, so that
// every runtime cuts alike (`Intl.Segmenter`'s word dictionaries change with the ICU version).
const RUNS =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]+|[[\p{L}\p{N}\p{M}]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]]+/gv;
const UNSEPARATED = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const HUMPS = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
const CODE_BEFORE = /[`._$@#({["'<:=/\\]$/;
const CODE_AFTER = /^(?:[`_([=:;/)}'">]|\.\p{L})/u;
/** A longer word is a hash or a blob: it can be matched whole, and its pieces mean nothing. */
const GRAM_WORD_MAX_CHARS = 40;

/**
 * Cuts a text into the tokens that are matched: stems, pairs of stems and character 4-grams.
 *
 * The language is detected when it is not given. camelCase yields itself and its parts (in a document only in code or beside its
 * punctuation), snake_case its parts. Source of n-grams against stemming: McNamee and Mayfield 2004.
 */
export function analyse(text: string, language: Language = detectLanguage(text), source: Source = 'question'): Analysis {
  const found: Analysis = { language, stems: [], bigrams: [], grams: [] };
  const plain = text.normalize('NFKC');
  let code: ReturnType<typeof codeIn> | null = null;
  const isCode = (at: number): boolean => (code ??= codeIn(plain)).some(({ start, end }) => at >= start && at < end);
  let previous: string | null = null;
  for (const { 0: run, index } of plain.matchAll(RUNS)) {
    if (UNSEPARATED.test(run)) {
      cutUnseparated(run, found);
      previous = null;
      continue;
    }
    const word = run.toLowerCase();
    const parts = run.split(HUMPS).map((part) => part.toLowerCase());
    if (!isFunctionWord(word, language)) {
      const stemmed = stem(word, language);
      found.stems.push(stemmed);
      if (previous !== null) found.bigrams.push(`${previous} ${stemmed}`);
      previous = stemmed;
      if (word.length <= GRAM_WORD_MAX_CHARS) cutGrams(word, found.grams);
    }
    if (parts.length === 1) continue;
    const splits = source === 'question' || besideCode(plain, index, index + run.length) || isCode(index);
    for (const part of parts) {
      if (part.length < 2 || isFunctionWord(part, language)) continue;
      if (splits) found.stems.push(stem(part, language));
      cutGrams(part, found.grams);
    }
  }
  return found;
}

/** Whether a token is of a script without spaces between words. */
export function isUnseparated(token: string): boolean {
  return UNSEPARATED.test(token);
}

function besideCode(text: string, start: number, end: number): boolean {
  return CODE_BEFORE.test(text.slice(Math.max(0, start - 1), start)) || CODE_AFTER.test(text.slice(end, end + 2));
}

function cutGrams(word: string, grams: string[]): void {
  const bounded = ` ${fold(word)} `;
  if (bounded.length <= 4) grams.push(bounded);
  else for (let at = 0; at + 4 <= bounded.length; at++) grams.push(bounded.slice(at, at + 4));
}

function cutUnseparated(run: string, { stems, bigrams }: Analysis): void {
  let before = '';
  let last = '';
  for (const character of run) {
    stems.push(character);
    if (last !== '') stems.push(last + character);
    if (before !== '') bigrams.push(before + last + character);
    before = last;
    last = character;
  }
}

/** Without accents: people leave them out when they ask. Only Latin, Greek and Cyrillic marks; other scripts' marks are vowels. */
function fold(word: string): string {
  return /^[\0-\x7f]*$/.test(word)
    ? word
    : word
        .normalize('NFD')
        .replace(/[\u0300-\u036f]/g, '')
        .normalize('NFC');
}
