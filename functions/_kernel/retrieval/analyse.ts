import { detectLanguage, isFunctionWord, type Language } from './languages.ts';
import { stem } from './stem.ts';

/** Raised whenever the same text would give other tokens, so that old and new vectors are never compared. */
export const ANALYSER_VERSION = '1';

/** A text as three families of tokens, in text order, repeats kept. */
export type Analysis = {
  language: Language;
  /** Snowball stems without function words; overlapping pairs of characters where words are not separated. */
  stems: string[];
  /** Neighbouring stems, joined by a space. */
  bigrams: string[];
  /** Four characters of a folded word in its boundaries; single characters where words are not separated. */
  grams: string[];
};

// Scripts written without spaces are cut in overlapping pairs, as Lucene's CJKBigramFilter does; no dictionary, so every runtime agrees.
const RUNS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+|[\p{L}\p{N}\p{M}]+/gu;
const UNSEPARATED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const HUMPS = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
/** A longer word is a hash or a blob: it can be matched whole, and its pieces mean nothing. */
const GRAM_WORD_MAX_CHARS = 40;

/**
 * Cuts a text into the tokens that are matched: stems, pairs of stems and character 4-grams.
 *
 * The language is detected when it is not given. camelCase identifiers yield themselves and their parts; snake_case yields its parts.
 */
export function analyse(text: string, language: Language = detectLanguage(text)): Analysis {
  const stems: string[] = [];
  const grams: string[] = [];
  for (const [run] of text.normalize('NFKC').matchAll(RUNS)) {
    if (UNSEPARATED.test(run)) cutUnseparated(run, stems, grams);
    else cutWord(run, language, stems, grams);
  }
  const bigrams: string[] = [];
  for (let at = 1; at < stems.length; at++) bigrams.push(`${stems[at - 1]} ${stems[at]}`);
  return { language, stems, bigrams, grams };
}

function cutWord(run: string, language: Language, stems: string[], grams: string[]): void {
  const word = run.toLowerCase();
  if (!isFunctionWord(word, language)) stems.push(stem(word, language));
  const parts = run.split(HUMPS);
  if (parts.length > 1)
    for (const part of parts.map((one) => one.toLowerCase()))
      if (part.length > 1 && !isFunctionWord(part, language)) stems.push(stem(part, language));
  if (word.length <= GRAM_WORD_MAX_CHARS && !isFunctionWord(word, language)) cutGrams(fold(word), grams);
}

function cutGrams(word: string, grams: string[]): void {
  const bounded = ` ${word} `;
  if (bounded.length <= 4) grams.push(bounded);
  else for (let at = 0; at + 4 <= bounded.length; at++) grams.push(bounded.slice(at, at + 4));
}

function cutUnseparated(run: string, stems: string[], grams: string[]): void {
  const characters = Array.from(run);
  grams.push(...characters);
  if (characters.length === 1) stems.push(run);
  for (let at = 1; at < characters.length; at++) stems.push(`${characters[at - 1]}${characters[at]}`);
}

/** Without accents: people leave them out when they ask. Only Latin, Greek and Cyrillic marks; other scripts' marks are vowels. */
function fold(word: string): string {
  return word
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
}
