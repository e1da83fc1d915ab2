import { stemmer as german } from '@orama/stemmers/german';
import { stemmer as french } from '@orama/stemmers/french';
import { stemmer as spanish } from '@orama/stemmers/spanish';
import { stemmer as italian } from '@orama/stemmers/italian';
import { stemmer as portuguese } from '@orama/stemmers/portuguese';
import { stemmer as dutch } from '@orama/stemmers/dutch';
import { stemmer as swedish } from '@orama/stemmers/swedish';
import { stemmer as danish } from '@orama/stemmers/danish';
import { stemmer as norwegian } from '@orama/stemmers/norwegian';
import { stemmer as finnish } from '@orama/stemmers/finnish';
import { stemmer as hungarian } from '@orama/stemmers/hungarian';
import { stemmer as romanian } from '@orama/stemmers/romanian';
import { stemmer as turkish } from '@orama/stemmers/turkish';
import { stemmer as russian } from '@orama/stemmers/russian';
import { stemmer as arabic } from '@orama/stemmers/arabic';
import type { Language } from './languages.ts';
import { porter2 } from './porter2.ts';

const STEMMERS: Partial<Record<Language, (word: string) => string>> = {
  en: porter2,
  de: german,
  fr: french,
  es: spanish,
  it: italian,
  pt: portuguese,
  nl: dutch,
  sv: swedish,
  da: danish,
  no: norwegian,
  fi: finnish,
  hu: hungarian,
  ro: romanian,
  tr: turkish,
  ru: russian,
  ar: arabic,
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
  const stemOf = STEMMERS[language];
  if (stemOf === undefined) return (word) => word;
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
