import snowball from 'snowball-stemmers';
import type { Language } from './languages.ts';
import { porter2 } from './porter2.ts';

const ALGORITHMS: Partial<Record<Language, string>> = {
  de: 'german',
  fr: 'french',
  es: 'spanish',
  it: 'italian',
  pt: 'portuguese',
  nl: 'dutch',
  sv: 'swedish',
  da: 'danish',
  no: 'norwegian',
  fi: 'finnish',
  hu: 'hungarian',
  ro: 'romanian',
  tr: 'turkish',
  ru: 'russian',
  ar: 'arabic',
};

/** Words remembered per language: a few times the vocabulary of a long document. */
const REMEMBERED_WORDS = 20_000;

const stemmers = new Map<Language, (word: string) => string>();

/**
 * The Snowball stem of a lower-case word; the word itself in a language without a stemmer.
 *
 * Source: the Snowball project, https://snowballstem.org.
 */
export function stem(word: string, language: Language): string {
  let stemmer = stemmers.get(language);
  if (stemmer === undefined) {
    stemmer = memoized(language);
    stemmers.set(language, stemmer);
  }
  return stemmer(word);
}

function memoized(language: Language): (word: string) => string {
  const stemOf = stemmerOf(language);
  if (stemOf === null) return (word) => word;
  const stems = new Map<string, string>();
  return (word) => {
    const known = stems.get(word);
    if (known !== undefined) return known;
    if (stems.size >= REMEMBERED_WORDS) stems.clear();
    const found = stemOf(word);
    stems.set(word, found);
    return found;
  };
}

function stemmerOf(language: Language): ((word: string) => string) | null {
  if (language === 'en') return porter2;
  const algorithm = ALGORITHMS[language];
  if (algorithm === undefined) return null;
  const stemmer = snowball.newStemmer(algorithm);
  return (word) => stemmer.stem(word);
}
