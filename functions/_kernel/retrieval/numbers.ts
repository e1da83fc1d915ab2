import { detectLanguage, type Language } from './languages.ts';

/** A number with every form in which a text may hold it: `2.5 million` is 2.5 million or 2500000. */
export type Reading = readonly [string, ...string[]];

// Words are read in the languages whose answers were looked at: English and German up to the millions, French and Spanish small ones.
const spelt = (words: string): string[] => words.split(' ');
const values = (words: readonly string[], from: number, step: number): [string, number][] =>
  words.map((word, i) => [word, from + i * step]);

const ENGLISH = new Map([
  ...values(spelt('zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen'), 0, 1),
  ...values(spelt('sixteen seventeen eighteen nineteen'), 16, 1),
  ...values(spelt('twenty thirty forty fifty sixty seventy eighty ninety'), 20, 10),
  ['dozen', 12] as const,
]);
const SCALES = new Map([
  ['hundred', 100],
  ['thousand', 1_000],
  ['million', 1_000_000],
  ['millionen', 1_000_000],
  ['billion', 1_000_000_000],
  ['milliarde', 1_000_000_000],
  ['milliarden', 1_000_000_000],
]);
const GERMAN = new Map([
  ...values(spelt('null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn'), 0, 1),
  ...values(spelt('sechzehn siebzehn achtzehn neunzehn'), 16, 1),
  ...values(spelt('zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig'), 20, 10),
  ['eins', 1] as const,
  ['dreissig', 30] as const,
]);
const FRENCH = new Map([
  ...values(spelt('zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize'), 0, 1),
  ...values(spelt('vingt trente quarante cinquante soixante'), 20, 10),
  ['cent', 100] as const,
  ['mille', 1_000] as const,
]);
const SPANISH = new Map([
  ...values(spelt('cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince'), 0, 1),
  ...values(spelt('veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa'), 20, 10),
  ['cien', 100] as const,
  ['mil', 1_000] as const,
]);

function german(word: string): number | null {
  const known = GERMAN.get(word);
  if (known !== undefined) return known;
  for (const [name, scale] of [['tausend', 1_000] as const, ['hundert', 100] as const]) {
    const at = word.indexOf(name);
    if (at < 0) continue;
    const rest = word.slice(at + name.length).replace(/^und/, '');
    const [times, more] = [at === 0 ? 1 : german(word.slice(0, at)), rest === '' ? 0 : german(rest)];
    return times === null || more === null ? null : times * scale + more;
  }
  const [, unit = '', ten = ''] = /^(.+)und(.+)$/.exec(word) ?? [];
  const [small, round] = [GERMAN.get(unit) ?? 0, GERMAN.get(ten) ?? 0];
  return small > 0 && small < 10 && round >= 20 ? small + round : null;
}

/** English numbers in several words: `one hundred and twenty-five thousand`. */
function english(text: string): number[] {
  const found: number[] = [];
  let total = 0;
  let part: number | null = null; // below the next scale
  let takes = 0; // what may still be added to it: less than this
  const flush = (): void => {
    if (part !== null || total > 0) found.push(total + (part ?? 0));
    [total, part, takes] = [0, null, 0];
  };
  for (const [, word = '', gap = ''] of text.matchAll(/(\p{L}+)([^\p{L}]*)/gu)) {
    const value = ENGLISH.get(word);
    const scale = SCALES.get(word);
    if (value !== undefined) {
      if (value >= takes || value === 0) flush();
      takes = value >= 20 ? 10 : 0;
      part = (part ?? 0) + value;
    } else if (scale === 100) {
      part = (part ?? 1) * 100;
      takes = 100;
    } else if (scale !== undefined && part !== null) {
      total += part * scale;
      [part, takes] = [null, 1_000];
    } else if (word !== 'and' || takes < 100) flush();
    if (!/^(?:\s|-|\u2010)$/u.test(gap)) flush();
  }
  flush();
  return found;
}

const FIGURE = /\d+(?:[.,'’\u00a0\u202f]\d+)*/g;
const LIST_NUMBER = /(?:^|\n)[ \t]*\d{1,3}[.)](?=\s)/g;

/** A separator before exactly three digits parts thousands, any other one is the decimal point; `1.5` and `1,5` are one number. */
function normalised(figure: string): string {
  const joined = /^0[.,]/.test(figure) ? figure : figure.replace(/[.,'’\u00a0\u202f](?=\d{3}(?!\d))/g, '');
  return joined.replace(/[,'’\u00a0\u202f]/g, '.').replace(/^0+(?=\d)/, '');
}

function figures(text: string): Reading[] {
  return [...text.replace(LIST_NUMBER, ' ').matchAll(FIGURE)].map(({ 0: figure, index }): Reading => {
    const plain = normalised(figure);
    const [, word = ''] = /^\s?(\p{L}+)/u.exec(text.slice(index + figure.length, index + figure.length + 20)) ?? [];
    const scaled = Number(plain) * (SCALES.get(word) ?? Number.NaN);
    return Number.isFinite(scaled) ? [plain, String(scaled)] : [plain];
  });
}

const inWords = (text: string, read: (word: string) => number | null | undefined): number[] =>
  (text.match(/\p{L}+/gu) ?? []).flatMap((word) => read(word) ?? []);
const BY_LANGUAGE = new Map<Language, (text: string) => number[]>([
  ['en', english],
  ['de', (text) => inWords(text, german)],
  ['fr', (text) => inWords(text, (word) => FRENCH.get(word))],
  ['es', (text) => inWords(text, (word) => SPANISH.get(word))],
]);

/**
 * The numbers that a statement gives, in figures or in words of its language, without those that only number a list.
 *
 * Words for 0 and 1 are none here: they are articles and pronouns as well ("one of them").
 */
export function numbersGiven(statement: string, language: Language = detectLanguage(statement)): Reading[] {
  const text = statement.normalize('NFKC').toLowerCase();
  const words = (BY_LANGUAGE.get(language)?.(text) ?? []).filter((value) => value > 1);
  return [...figures(text), ...words.map((value): Reading => [String(value)])];
}

/** All numbers that a text holds, in figures or in words of any of these languages. */
export function numbersHeld(held: string): Set<string> {
  const text = held.normalize('NFKC').toLowerCase();
  const words = [...BY_LANGUAGE.values()].flatMap((read) => read(text));
  return new Set([...figures(text).flat(), ...words.map(String)]);
}
