import type { Json, JsonObject } from './json.ts';

/** How a text index cuts and compares words. */
export type TextAnalyser = {
  words(text: string): string[];
  matcher(kind: 'text' | 'text_any' | 'phrase', query: string): (value: Json) => boolean;
};

/**
 * The analyser of a text index, from its parameters (Qdrant, "Indexing": full-text index).
 *
 * Tokenizers `word` (default), `multilingual`, `whitespace` and `prefix`; `lowercase` is on by default; lengths count characters;
 * `ascii_folding` drops diacritics; `stopwords` takes custom words. Stemmers are not applied.
 */
export function textAnalyser(params: JsonObject): TextAnalyser {
  const number = (key: string): number | null => (typeof params[key] === 'number' ? params[key] : null);
  const [min, max] = [number('min_token_len') ?? 0, number('max_token_len') ?? Infinity];
  const stopwords = customStopwords(params['stopwords']);
  const prefixes = params['tokenizer'] === 'prefix';
  const cut = params['tokenizer'] === 'whitespace' ? /\s+/u : /[^\p{L}\p{N}]+/u;
  const plain = (text: string): string[] => {
    let folded = params['lowercase'] === false ? text : text.toLowerCase();
    if (params['ascii_folding'] === true) folded = folded.normalize('NFD').replaceAll(/\p{Mn}/gu, '');
    return folded.split(cut).filter((word) => word !== '' && !stopwords.has(word));
  };
  const sized = (words: string[]): string[] => words.filter((word) => word.length >= min && word.length <= max);
  const stored = (text: string): string[] => {
    if (!prefixes) return sized(plain(text));
    const cutOffs = (word: string): string[] =>
      Array.from({ length: Math.max(0, Math.min(word.length, max) - Math.max(min, 1) + 1) }, (_, i) => word.slice(0, Math.max(min, 1) + i));
    return plain(text).flatMap(cutOffs);
  };
  // A query's word is looked up by its longest indexed prefix.
  const asked = (text: string): string[] =>
    prefixes ? plain(text).map((word) => word.slice(0, Math.min(max, word.length))) : sized(plain(text));
  return {
    words: stored,
    matcher: (kind, query) => {
      const words = asked(query);
      if (words.length === 0) return () => false;
      return (value) => {
        if (typeof value !== 'string') return false;
        const found = stored(value);
        if (kind === 'phrase') return found.some((_, at) => words.every((word, i) => found[at + i] === word));
        const set = new Set(found);
        return kind === 'text' ? words.every((word) => set.has(word)) : words.some((word) => set.has(word));
      };
    },
  };
}

function customStopwords(value: Json | undefined): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Set();
  const custom = value['custom'];
  return new Set(Array.isArray(custom) ? custom.filter((word) => typeof word === 'string').map((word) => word.toLowerCase()) : []);
}
