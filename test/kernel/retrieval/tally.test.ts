import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LANGUAGES } from '../../../functions/_kernel/retrieval/languages.ts';
import { averageLengths, DEFAULT_LENGTHS, documentVector, queryVector } from '../../../functions/_kernel/retrieval/sparse.ts';
import { NO_TALLY, statisticsOf, tallied, type Measured } from '../../../functions/_kernel/retrieval/tally.ts';

const document = fc.record({
  title: fc.option(fc.lorem({ maxCount: 3 })),
  chunks: fc.array(fc.lorem({ maxCount: 12 }), { maxLength: 9 }),
  language: fc.constantFrom(...LANGUAGES),
  voted: fc.boolean(),
});
const sum = (documents: readonly Measured[], most = 200) => documents.reduce((so, one) => tallied(so, one, most), NO_TALLY);

test('the statistics of documents do not depend on their order', () => {
  fc.assert(
    fc.property(
      fc
        .array(document, { maxLength: 8 })
        .chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length }))),
      ([some, shuffled]) => {
        expect(statisticsOf(sum(shuffled, 3), 'en')).toEqual(statisticsOf(sum(some, 3), 'en'));
      },
    ),
  );
});

test('the lengths are the means over all chunks', () => {
  fc.assert(
    fc.property(fc.array(document, { maxLength: 5 }), (some) => {
      const chunks = some.flatMap(({ title, chunks: texts, language }) => texts.map((text) => ({ text, title, language })));
      expect(statisticsOf(sum(some), 'en')).toMatchObject({ passages: chunks.length, lengths: averageLengths(chunks) });
    }),
  );
});

test('of a long document every k-th chunk stands for k, and all of them are counted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 9 }), (count, most) => {
      const chunks = Array.from({ length: count }, () => 'the same words again');
      const { passages, lengths } = statisticsOf(sum([{ title: null, chunks, language: 'en', voted: true }], most), 'en');
      expect({ passages, lengths }).toEqual({ passages: count, lengths: averageLengths([{ text: chunks[0]!, language: 'en' }]) });
    }),
  );
});

test('the language is that of most chunks; guesses do not count, and nothing is the default', () => {
  const chunksOf = (n: number) => Array.from({ length: n }, () => 'word');
  const some: Measured[] = [
    { title: null, chunks: chunksOf(2), language: 'de', voted: true },
    { title: null, chunks: chunksOf(1), language: 'fr', voted: true },
    { title: null, chunks: chunksOf(9), language: 'it', voted: false },
  ];
  expect(statisticsOf(sum(some), 'en').language).toBe('de');
  expect(statisticsOf(sum(some.slice(2)), 'sv').language).toBe('sv');
  expect(statisticsOf(NO_TALLY, 'en')).toMatchObject({ passages: 0, lengths: DEFAULT_LENGTHS, language: 'en' });
});

test('vectors have no NaN and ascending ids without repeats, in every language and with the lengths of any collection', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(text, text, fc.constantFrom(...LANGUAGES), fc.array(document, { maxLength: 3 }), (one, title, language, some) => {
      const { lengths } = statisticsOf(sum(some), 'en');
      for (const { indices, values } of [documentVector({ text: one, title, language }, lengths), queryVector(one, language)]) {
        expect(values).toHaveLength(indices.length);
        expect(values.every((value) => Number.isFinite(value) && value > 0)).toBe(true);
        expect(indices.every((index, at) => Number.isInteger(index) && index >= (at === 0 ? 0 : indices[at - 1]! + 1))).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
