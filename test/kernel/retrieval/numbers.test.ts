import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Language } from '../../../functions/_kernel/retrieval/languages.ts';
import { numbersGiven, numbersHeld } from '../../../functions/_kernel/retrieval/numbers.ts';

const given = (text: string, language: Language = 'en'): string[] => numbersGiven(text, language).map((readings) => readings.at(-1)!);

test.each([
  ['1,234.5 and 1.5 and 1,5', ['1234.5', '1.5', '1.5']],
  ['0.125 is no 125', ['0.125', '125']],
  ['1. First of 3 steps\n2) Second', ['3']],
  ['It is one of them, at zero cost', []],
  ['twenty-five', ['25']],
  ['seven, eight or ninety nine', ['7', '8', '99']],
  ['one hundred and twenty-five thousand', ['125000']],
  ['two thousand five hundred and six of two thousand nineteen', ['2506', '2019']],
  ['a dozen of a hundred, twelve million', ['12', '100', '12000000']],
  ['2.5 million euros', ['2500000']],
])('English: %s', (text, numbers) => expect(given(text).toSorted()).toEqual(numbers.toSorted()));

test.each([
  ['de', 'fünfundzwanzig, zweihundertsieben, hunderttausend, dreizehn, ein Haus', ['25', '207', '100000', '13']],
  ['fr', 'cinq ou vingt', ['5', '20']],
  ['es', 'siete de cien', ['7', '100']],
  ['und', 'seven acht', []],
] as const)('%s: %s', (language, text, numbers) => expect(given(text, language)).toEqual(numbers));

test('a text holds its numbers in figures and in words of any of these languages', () => {
  expect([...numbersHeld('Five of 30, fünfundzwanzig, 2.5 million').values()].toSorted()).toEqual(['2.5', '25', '2500000', '30', '5']);
});

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
function spelt(value: number): string {
  if (value < 20) return ONES[value]!;
  if (value < 100) return [TENS[Math.floor(value / 10) - 2], ...(value % 10 > 0 ? [ONES[value % 10]] : [])].join('-');
  const [scale, name] = value < 1_000 ? ([100, 'hundred'] as const) : ([1_000, 'thousand'] as const);
  const rest = value % scale;
  return `${spelt(Math.floor(value / scale))} ${name}${rest > 0 ? ` ${rest < 100 ? 'and ' : ''}${spelt(rest)}` : ''}`;
}

test('any number below a million is the same in words', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 999_999 }), (value) => {
      expect(given(spelt(value))).toEqual([String(value)]);
      expect(numbersHeld(spelt(value))).toContain(String(value));
    }),
  );
});
