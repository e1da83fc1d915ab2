// Small numbers in words, so that "five failures" holds the 5 of "after 5 failures"; in the languages whose answers were looked at.
const WORDS: readonly (readonly string[])[] = [
  ['zero', 'null', 'zéro', 'cero'],
  ['one', 'eins', 'un', 'uno'],
  ['two', 'zwei', 'deux', 'dos'],
  ['three', 'drei', 'trois', 'tres'],
  ['four', 'vier', 'quatre', 'cuatro'],
  ['five', 'fünf', 'cinq', 'cinco'],
  ['six', 'sechs', 'seis'],
  ['seven', 'sieben', 'sept', 'siete'],
  ['eight', 'acht', 'huit', 'ocho'],
  ['nine', 'neun', 'neuf', 'nueve'],
  ['ten', 'zehn', 'dix', 'diez'],
  ['eleven', 'elf', 'onze', 'once'],
  ['twelve', 'zwölf', 'douze', 'doce'],
];
const TENS: Readonly<Record<string, string>> = {
  twenty: '20',
  zwanzig: '20',
  vingt: '20',
  veinte: '20',
  thirty: '30',
  dreißig: '30',
  trente: '30',
  treinta: '30',
  fifty: '50',
  fünfzig: '50',
  hundred: '100',
  hundert: '100',
  cent: '100',
  cien: '100',
  thousand: '1000',
  tausend: '1000',
  mille: '1000',
  mil: '1000',
};
const VALUES = new Map([...WORDS.flatMap((words, value) => words.map((word) => [word, String(value)] as const)), ...Object.entries(TENS)]);

const NUMBER = /\d+(?:[.,'’\u00a0\u202f]\d+)*/g;
const LIST_NUMBER = /(?:^|\n)[ \t]*\d{1,3}[.)](?=\s)/g;

/** A separator before exactly three digits parts thousands, any other one is the decimal point; `1.5` and `1,5` are one number. */
function normalised(number: string): string {
  const joined = number.replace(/[.,'’\u00a0\u202f](?=\d{3}(?!\d))/g, '').replace(/[,'’\u00a0\u202f]/g, '.');
  return joined.replace(/^0+(?=\d)/, '');
}

/** The numbers written in figures in a text, without those that only number a list, each in one form. */
export function figuresIn(text: string): string[] {
  return (text.normalize('NFKC').replace(LIST_NUMBER, ' ').match(NUMBER) ?? []).map(normalised);
}

/** All numbers that a text holds, in figures or as small numbers in words. */
export function numbersIn(text: string): Set<string> {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return new Set([...figuresIn(text), ...words.flatMap((word) => VALUES.get(word) ?? [])]);
}
