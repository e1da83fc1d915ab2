import { isFunctionWord, type Language } from '../../functions/_kernel/retrieval/languages.ts';
import { stem } from '../../functions/_kernel/retrieval/stem.ts';
import { badFormat, notInStandIn } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** How a text index cuts and compares words. */
export type TextAnalyser = {
  words(text: string): string[];
  /** A query's words: those of `prefix` are not cut into their beginnings. */
  asked(text: string): string[];
  matcher(kind: 'text' | 'text_any' | 'phrase', query: string): (value: Json) => boolean;
};

const STEMMERS = { arabic: 'ar', danish: 'da', dutch: 'nl', english: 'en', finnish: 'fi', french: 'fr', german: 'de', hungarian: 'hu', italian: 'it', norwegian: 'no', portuguese: 'pt', romanian: 'ro', russian: 'ru', spanish: 'es', swedish: 'sv', turkish: 'tr' } as const; // prettier-ignore
/** Qdrant's Snowball languages (`SnowballLanguage`) by name and alias; null: without a stemmer here. */
const SNOWBALL = new Map<string, Language | null>([
  ...Object.entries(STEMMERS),
  ...Object.values(STEMMERS).map((code) => [code, code] as const),
  ...['armenian', 'hy', 'greek', 'el', 'tamil', 'ta'].map((name) => [name, null] as const),
]);
/** The languages that Qdrant has stop words for (`Language`), by name and alias. */
const STOPWORDS = new Set(
  'arabic ar azerbaijani az basque eu bengali bn catalan ca chinese zh danish da dutch nl english en finnish fi french fr german de greek el hebrew he hinglish hi-en hungarian hu indonesian id italian it japanese jp kazakh kk nepali ne norwegian no portuguese pt romanian ro russian ru slovene sl spanish es swedish sv tajik tg turkish tr'.split(' '), // prettier-ignore
);
/** NLTK's contractions, which only a text cut at spaces can have; the kernel's list of function words has the rest of them. */
const CONTRACTIONS = new Set(
  "you're you've you'll you'd she's it's that'll don't should've aren't couldn't didn't doesn't hadn't hasn't haven't isn't mightn't mustn't needn't shan't shouldn't wasn't weren't won't wouldn't".split(' '), // prettier-ignore
);

/** What `language` alone stands for: the stop words and the stemmer of a language that has them. */
export function languageParams(language: string): JsonObject {
  return {
    ...(STOPWORDS.has(language) && { stopwords: language }),
    ...(SNOWBALL.has(language) && { stemmer: { type: 'snowball', language } }),
  };
}

function stopwordLanguages(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  const languages = isObject(value) ? value['languages'] : null;
  return Array.isArray(languages) ? languages.map(String) : [];
}

function stemmerLanguage(value: Json | undefined): string | null {
  if (!isObject(value) || value['type'] !== 'snowball') return null;
  return typeof value['language'] === 'string' ? value['language'] : '';
}

/** Refuses a text index's languages: 400 for one that Qdrant does not know, 501 for one whose words are not here. */
export function checkTextParams({ stopwords, stemmer }: JsonObject): void {
  for (const language of stopwordLanguages(stopwords)) {
    if (!STOPWORDS.has(language)) throw badFormat(`unknown variant \`${language}\`, expected a language with stop words`);
    if (language !== 'english' && language !== 'en') throw notInStandIn(`stop words of ${language}`);
  }
  const language = stemmerLanguage(stemmer);
  if (language === null) return;
  const code = SNOWBALL.get(language);
  if (code === undefined) throw badFormat(`unknown variant \`${language}\`, expected a language with a Snowball stemmer`);
  if (code === null) throw notInStandIn(`a stemmer for ${language}`);
}

/**
 * The analyser of a text index, from its parameters (Qdrant, "Indexing": full-text index; `tokens_processor.rs`).
 *
 * Tokenizers `word` (default), `multilingual`, `whitespace` and `prefix`; `lowercase` is on by default; lengths count characters of
 * the stem; `ascii_folding` drops diacritics; `stopwords` takes English and custom words, `stemmer` Snowball's languages.
 */
export function textAnalyser(params: JsonObject): TextAnalyser {
  const number = (key: string): number | null => (typeof params[key] === 'number' ? params[key] : null);
  const [min, max] = [number('min_token_len') ?? 0, number('max_token_len') ?? Infinity];
  const isStopword = stopwordFilter(params['stopwords'], params['lowercase'] !== false);
  const language = SNOWBALL.get(stemmerLanguage(params['stemmer']) ?? '') ?? null;
  const prefixes = params['tokenizer'] === 'prefix';
  const cut = params['tokenizer'] === 'whitespace' ? /\s+/u : /[^\p{Alphabetic}\p{N}]+/u;
  const folded = (text: string): string => {
    const plain = params['ascii_folding'] === true ? text.normalize('NFD').replaceAll(/\p{Mn}/gu, '') : text;
    return params['lowercase'] === false ? plain : plain.toLowerCase();
  };
  const cutInto = (text: string): string[] => folded(text).split(cut).filter(Boolean);
  const stemmed = (word: string): string => (language === null ? word : stem(word, language));
  const length = (word: string): number => Array.from(word).length;
  const plain = (text: string): string[] => cutInto(text).filter((word) => !isStopword(word)).map(stemmed).filter((word) => length(word) >= min); // prettier-ignore
  const sized = (text: string): string[] => plain(text).filter((word) => length(word) <= max);
  const beginnings = (word: string): string[] => {
    const characters = Array.from(word);
    const [from, to] = [Math.max(min, 1), Math.min(characters.length, max)];
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => characters.slice(0, from + i).join(''));
  };
  const words = prefixes ? (text: string): string[] => plain(text).flatMap(beginnings) : sized;
  // A query's word is looked up by its longest indexed beginning, and may be the beginning of more than a stop word.
  const asked = prefixes
    ? (text: string): string[] => cutInto(text).map(stemmed).filter((word) => length(word) >= min).map((word) => Array.from(word).slice(0, max).join('')) // prettier-ignore
    : sized;
  return {
    words,
    asked,
    matcher: (kind, query) => {
      const wanted = asked(query);
      if (wanted.length === 0) return () => false;
      return (value) => {
        if (typeof value !== 'string') return false;
        const found = words(value);
        if (kind === 'phrase') return found.some((_, at) => wanted.every((word, i) => found[at + i] === word));
        const set = new Set(found);
        return kind === 'text' ? wanted.every((word) => set.has(word)) : wanted.some((word) => set.has(word));
      };
    },
  };
}

function stopwordFilter(value: Json | undefined, lowercase: boolean): (word: string) => boolean {
  const isEnglish = stopwordLanguages(value).some((language) => language === 'english' || language === 'en');
  const custom = isObject(value) && Array.isArray(value['custom']) ? value['custom'] : [];
  const words = new Set(custom.filter((word) => typeof word === 'string').map((word) => (lowercase ? word.toLowerCase() : word)));
  return (word) => words.has(word) || (isEnglish && (isFunctionWord(word, 'en') || CONTRACTIONS.has(word)));
}
