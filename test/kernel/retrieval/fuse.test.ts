import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuse, type Scored } from '../../../functions/_kernel/retrieval/fuse.ts';

const list = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), score: fc.double({ min: -1, max: 30, noNaN: true }) }),
  {
    selector: ({ id }) => id,
    maxLength: 20,
  },
);
const weight = fc.double({ min: 0, max: 1, noNaN: true });

test('fusion: every score lies in 0–1, best first, every candidate once', () => {
  fc.assert(
    fc.property(list, fc.option(list), weight, (dense, asked, denseWeight) => {
      const sparse = asked ?? [];
      const fused = fuse({ dense, sparse: asked }, denseWeight);
      expect(new Set(fused.map(({ id }) => id)).size).toBe(new Set([...dense, ...sparse].map(({ id }) => id)).size);
      expect(fused.every((one, at) => one.fused >= 0 && one.fused <= 1 && (at === 0 || one.fused <= fused[at - 1]!.fused))).toBe(true);
    }),
  );
});

test('fusion: the order in which a list came does not matter', () => {
  fc.assert(
    fc.property(list, list, weight, (dense, sparse, denseWeight) => {
      expect(fuse({ dense: dense.toReversed(), sparse: sparse.toReversed() }, denseWeight)).toEqual(fuse({ dense, sparse }, denseWeight));
    }),
  );
});

test('fusion: who is no worse in both lists does not stand behind', () => {
  fc.assert(
    fc.property(list, list, weight, (dense, sparse, denseWeight) => {
      const fused = fuse({ dense, sparse }, denseWeight);
      const both = fused.filter((one) => one.dense !== null && one.sparse !== null);
      for (const a of both)
        for (const b of both) if (a.dense! >= b.dense! && a.sparse! >= b.sparse!) expect(a.fused).toBeGreaterThanOrEqual(b.fused - 1e-12);
    }),
  );
});

const scored = (scores: Record<string, number>): Scored[] => Object.entries(scores).map(([id, score]) => ({ id, score }));

test('fusion: a list that was not asked has no say', () => {
  expect(fuse({ dense: [], sparse: scored({ a: 4, b: 2, c: 0 }) }, 0.9).map(({ fused }) => fused)).toEqual([1, 0.5, 0]);
  expect(fuse({ dense: scored({ a: 0.5 }), sparse: null }, 0.1)).toEqual([{ id: 'a', dense: 0.5, sparse: null, fused: 1 }]);
  expect(fuse({ dense: [], sparse: [] }, 0.5)).toEqual([]);
});

test('fusion: equal scores are all the best, in the order of their ids', () => {
  expect(fuse({ dense: [], sparse: scored({ b: 3, a: 3 }) }, 0).map(({ id, fused }) => [id, fused])).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
});

test('fusion: when the words find nothing, the other list alone counts by its weight only', () => {
  expect(fuse({ dense: scored({ a: 0.5, b: 0.1 }), sparse: [] }, 0.1).map(({ id, fused }) => [id, fused])).toEqual([
    ['a', 0.1],
    ['b', 0],
  ]);
});

test('fusion: what neither list has a signal for scores 0, be it the best there is', () => {
  for (const sparse of [null, []])
    expect(fuse({ dense: scored({ a: 0, b: 0, c: -0.2 }), sparse }, 0.5).every(({ fused }) => fused === 0)).toBe(true);
});

test('fusion: negative cosines and scores that are no numbers do no harm', () => {
  const dense = [...scored({ a: -0.5, b: 0.1, d: 0.2 }), { id: 'c', score: Number.NaN }];
  expect(fuse({ dense, sparse: null }, 1).map(({ id, fused }) => [id, fused])).toEqual([
    ['d', 1],
    ['b', 0.5],
    ['a', 0],
  ]);
});

test('fusion: the weight shifts the order from one list to the other', () => {
  const lists = { dense: scored({ a: 1, b: 0 }), sparse: scored({ a: 0, b: 1 }) };
  expect(fuse(lists, 0.9)[0]?.id).toBe('a');
  expect(fuse(lists, 0.1)[0]?.id).toBe('b');
  expect(() => fuse(lists, 1.1)).toThrow('denseWeight must be between 0 and 1');
});
