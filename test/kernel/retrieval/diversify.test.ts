import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { diversify } from '../../../functions/_kernel/retrieval/diversify.ts';
import { DUPLICATE_AT, likeness } from '../../../functions/_kernel/retrieval/likeness.ts';
import { resemblance, shingles } from '../../../functions/_kernel/retrieval/shingles.ts';
import { hitOf } from '../../functions/query/hits.ts';

const candidates = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    documentId: fc.constantFrom('x', 'y', 'z'),
    relevance: fc.double({ min: 0, max: 1, noNaN: true }),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { selector: ({ id }) => id, maxLength: 20 },
);
const options = fc.record({
  diversity: fc.double({ min: 0, max: 1, noNaN: true }),
  maxPerDocument: fc.integer({ min: 1, max: 4 }),
  duplicateAt: fc.double({ min: 0.5, max: 1, noNaN: true }),
});
const similarity = (a: { place: number }, b: { place: number }) => 1 - Math.abs(a.place - b.place);

test('the first k of a longer list are the shorter list, with MMR, caps and near-duplicates', () => {
  fc.assert(
    fc.property(candidates, options, fc.nat(20), (list, chosen, k) => {
      const long = diversify(list, 20, { ...chosen, similarity });
      expect(diversify(list, k, { ...chosen, similarity })).toEqual(long.slice(0, k));
    }),
  );
});

test('the order in which candidates came does not matter', () => {
  fc.assert(
    fc.property(candidates, options, (list, chosen) => {
      expect(diversify(list.toReversed(), 20, { ...chosen, similarity })).toEqual(diversify(list, 20, { ...chosen, similarity }));
    }),
  );
});

test('no document has more than its share', () => {
  fc.assert(
    fc.property(candidates, fc.integer({ min: 1, max: 3 }), (list, maxPerDocument) => {
      const chosen = diversify(list, 20, { maxPerDocument, similarity });
      for (const documentId of ['x', 'y', 'z'])
        expect(chosen.filter((one) => one.documentId === documentId).length).toBeLessThanOrEqual(maxPerDocument);
    }),
  );
});

const at = (id: string, relevance: number, place: number) => ({ id, documentId: id, relevance, place });

test('without diversity the order is that of relevance', () => {
  const list = [at('b', 0.5, 0), at('a', 0.9, 0), at('c', 0.5, 0)];
  expect(diversify(list, 3, { similarity }).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});

test('diversity brings what is different before what is alike', () => {
  const list = [at('a', 1, 0), at('alike', 0.9, 0.01), at('different', 0.7, 1)];
  expect(diversify(list, 3, { diversity: 0.5, similarity }).map(({ id }) => id)).toEqual(['a', 'different', 'alike']);
});

test('a near-duplicate is left out', () => {
  const list = [at('a', 1, 0), at('again', 0.9, 0.01), at('other', 0.7, 1)];
  expect(diversify(list, 3, { duplicateAt: 0.95, similarity }).map(({ id }) => id)).toEqual(['a', 'other']);
});

test('shingles: a text resembles itself wholly, a changed word in part, another text not at all', () => {
  const text = 'the breaker opens after five failures in a row and closes after one success';
  expect(resemblance(shingles(text), shingles(text.toUpperCase()))).toBe(1);
  expect(resemblance(shingles(text), shingles(text.replace('five', 'six')))).toBeGreaterThan(0.3);
  expect(resemblance(shingles(text), shingles('cows eat grass on the green hills all day'))).toBe(0);
  expect(resemblance(shingles('one two'), shingles('one two'))).toBe(1);
});

test('a long template filled in with other figures is no duplicate, a copy is; without figures words alone decide', () => {
  const rest =
    'The annual fee of the club covers the use of the courts, the changing rooms and the lockers, and is to be paid by the end of January by bank transfer. Members under eighteen pay half of the fee and students three quarters of it. '.repeat(
      3,
    );
  const hit = (chunkId: string, text: string) => ({ hit: hitOf(chunkId, text) });
  const alike = likeness();
  const [year, copy, next] = [
    hit('a', `${rest}The fee is 310 euros.`),
    hit('b', `${rest}The fee is 310 Euros.`),
    hit('c', `${rest}The fee is 340 euros.`),
  ];
  expect(alike(year, copy, DUPLICATE_AT)).toBeGreaterThanOrEqual(DUPLICATE_AT);
  expect(alike(year, next, DUPLICATE_AT)).toBe(0);
  expect(alike(year, next, 0)).toBeGreaterThan(0.8);
  expect(alike(year, next, 0)).toBeLessThan(DUPLICATE_AT);
  expect(alike(hit('d', rest), hit('e', `${rest}Guests pay.`), DUPLICATE_AT)).toBeGreaterThanOrEqual(DUPLICATE_AT);
});
