import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { filterable, toQdrantFilter } from '../../../functions/_kernel/corpus/payload.ts';

const NUMBERS = new Set(['year']);

test('no filter is none', () => expect(toQdrantFilter(undefined, NUMBERS)).toBeUndefined());

test('must, should and mustNot become those of Qdrant; empty lists say nothing', () => {
  expect(
    toQdrantFilter(
      {
        must: [{ key: 'lang', match: 'en' }],
        should: [{ key: 'lang', any: ['en', 7, true] }],
        mustNot: [{ key: 'year', range: { gte: 1, lt: 2 } }],
      },
      NUMBERS,
    ),
  ).toEqual({
    must: [{ key: 'labels', match: { value: 'lang="en"' } }],
    should: [{ key: 'labels', match: { any: ['lang="en"', 'lang=7', 'lang=true'] } }],
    must_not: [{ key: 'numbers.year', range: { gte: 1, lt: 2 } }],
  });
  expect(toQdrantFilter({ must: [], should: [], mustNot: [] }, NUMBERS)).toEqual({});
});

test('a range over a key without numbers asks Qdrant for no field that it does not index', () => {
  expect(toQdrantFilter({ must: [{ key: 'size', range: { gt: 1 } }] }, NUMBERS)).toEqual({
    must: [{ key: 'labels', match: { value: '' } }],
  });
});

test('a value is matched by itself alone: labels of different keys, values or types never meet', () => {
  const key = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom('1', 'true', 'a="b"', '"'));
  fc.assert(
    fc.property(key, scalar, key, scalar, (keyA, a, keyB, b) => {
      const { labels } = filterable({ [keyA]: a });
      const [asked] = toQdrantFilter({ must: [{ key: keyB, match: b }] }, NUMBERS)!.must!;
      const matches = labels.includes((asked as { match: { value: string } }).match.value);
      expect(matches).toBe(keyA === keyB && JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

test('only numbers can be ranged over, each value of a list', () => {
  expect(filterable({ year: [1999, 2010, 'x'], lang: 'en', draft: false })).toMatchObject({ numbers: { year: [1999, 2010] } });
});
