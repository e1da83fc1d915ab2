import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shortest } from '../../local/qdrant/float32.ts';
import { createCollection } from '../../local/qdrant/collection.ts';
import { nearest } from '../../local/qdrant/query/score.ts';
import { denseSpace } from '../../local/qdrant/vectors/dense.ts';
import { matrix } from '../../local/qdrant/vectors/matrix.ts';
import { screen } from '../../local/qdrant/vectors/screen.ts';
import { sparseSpace } from '../../local/qdrant/vectors/sparse.ts';
import { best } from '../../local/qdrant/vectors/top.ts';

/** Mulberry32, so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('qdrant stand-in: dense vectors', () => {
  test.each([3, 16, 100, 768])('vector instructions and JavaScript give the same scores, %i dimensions', (dim) => {
    const random = seeded(dim);
    const rows = Math.ceil(300_000 / dim);
    const [fast, plain] = [matrix(dim), matrix(dim, false)];
    for (let row = 0; row < rows; row += 1) {
      const vector = Float32Array.from({ length: dim }, () => random() - 0.5);
      fast.set(row, vector);
      plain.set(row, vector);
      if (row % 997 === 0) expect(fast.get(row)).toEqual(vector);
    }
    const query = Float32Array.from({ length: dim }, () => random() - 0.5);
    const list = Uint32Array.from({ length: 500 }, () => Math.floor(random() * rows));
    for (const kernel of ['dot', 'euclid', 'manhattan'] as const)
      for (const which of [rows, list]) {
        const [a, b] = [fast.score(kernel, query, which), plain.score(kernel, query, which)];
        expect(a.length).toBe(b.length);
        expect(Math.max(...a.map((score, i) => Math.abs(score - b[i]!)))).toBeLessThan(1e-3);
      }
  });

  test('the 8-bit screen never loses a row that belongs to the best', () => {
    const random = seeded(42);
    for (const [dim, spread] of [
      [8, 1],
      [70, 0.01],
      [768, 0.2],
    ] as const) {
      // prettier-ignore
      const coarse = screen(dim);
      const exact = matrix(dim, false);
      const centre = Float32Array.from({ length: dim }, () => random() - 0.5);
      const gone = new Set<number>();
      for (let row = 0; row < 1_500; row += 1) {
        const vector = centre.map((x) => x + spread * (random() - 0.5));
        exact.set(row, vector);
        coarse?.set(row, vector);
        if (random() < 0.1) {
          coarse?.remove(row);
          gone.add(row);
        }
      }
      for (let round = 0; round < 20; round += 1) {
        const query = Float32Array.from({ length: dim }, () => (random() - 0.5) * 10 ** (round % 4));
        const scores = exact.score('dot', query, 1_500);
        const top = best(10);
        for (const [row, score] of scores.entries()) if (!gone.has(row)) top.push(row, score);
        const candidates = new Set(coarse?.candidates(query, 10, 1_500));
        expect(top.take().filter(({ slot }) => !candidates.has(slot))).toEqual([]);
        for (const row of gone) expect(candidates.has(row)).toBe(false);
      }
    }
  });

  test('a search over many points finds what scoring every one of them finds, removals included', () => {
    const random = seeded(7);
    const space = denseSpace(32, 'Dot');
    for (let slot = 0; slot < 20_000; slot += 1)
      space.put(
        slot,
        Float32Array.from({ length: 32 }, () => random() - 0.5),
      );
    const query = Float32Array.from({ length: 32 }, () => random() - 0.5);
    const winners = (): number[] => {
      const narrowed = space.narrowed(query, 5, null);
      expect(narrowed?.length).toBeLessThan(2_000);
      const top = best(5);
      const slots = narrowed ?? new Uint32Array();
      for (const [i, score] of space.matrix.score('dot', query, slots).entries()) top.push(slots[i]!, score);
      return top.take().map(({ slot }) => slot);
    };
    const brute = (): number[] => {
      const top = best(5);
      for (const [slot, score] of space.matrix.score('dot', query, 20_000).entries()) if (space.has(slot)) top.push(slot, score);
      return top.take().map(({ slot }) => slot);
    };
    expect(winners()).toEqual(brute());
    for (const slot of winners()) space.remove(slot);
    expect(winners()).toEqual(brute());
    space.put(3, query.map((x) => x * 5)); // prettier-ignore
    expect(winners()[0]).toBe(3);
  });

  // The rows of points without the vector lie past the end of its memory, which grows only with the rows that are put.
  test.each([
    ['under the screen', 600, 768, 3_000],
    ['with the screen', 17_000, 32, 40_000],
  ])('a list that names points without the vector finds the nearest of those that have it, %s', (_, having, dim, without) => {
    const random = seeded(having);
    const collection = createCollection(
      'c',
      {
        shown: {},
        spaces: new Map([
          ['', { kind: 'dense', dim, distance: 'Dot', datatype: 'float32' }],
        ]),
      },
      null,
    ); // prettier-ignore
    const space = collection.spaces.get('');
    if (space?.kind !== 'dense') throw new Error('no dense space');
    for (let slot = 0; slot < having; slot += 1) {
      const vector = Float32Array.from({ length: dim }, () => random() - 0.5);
      space.put(slot, vector);
      collection.slots.put(slot, slot, 1, {});
    }
    for (let slot = having; slot < having + without; slot += 1) collection.slots.put(slot, slot, 1, {});
    const query = Float32Array.from({ length: dim }, () => random() - 0.5);
    const found = (among: Uint32Array | null) => nearest(collection, '', { kind: 'dense', data: query }, among, 5, null);
    const all = Uint32Array.from({ length: having + without }, (_slot, slot) => slot);
    expect(found(all)).toEqual(found(null));
    expect(found(all.toReversed())).toEqual(found(null));
    expect(found(null).every(({ slot, score }) => slot < having && score > 0)).toBe(true);
    expect(found(all.subarray(having))).toEqual([]);
  });

  test('the first k of a longer list are the shorter list, ties included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 }), fc.nat(20), fc.nat(20), (scores, a, b) => {
        const take = (k: number) => {
          const top = best(k);
          for (const [slot, score] of scores.entries()) top.push(slot, score);
          return top.take();
        };
        const [short, long] = [Math.min(a, b), Math.max(a, b)];
        expect(take(long).slice(0, short)).toEqual(take(short));
      }),
    );
  });

  test('floats are written in their shortest form and read back the same', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Math.fround(shortest(x)) === x, `${x}`).toBe(true);
      }),
    );
    expect([shortest(Math.fround(0.15)), shortest(Math.fround(1 / 3)), shortest(16_777_216)]).toEqual([0.15, 0.33333334, 16_777_216]);
  });
});

describe('qdrant stand-in: sparse vectors', () => {
  type Step = { slot: number; tokens: number[] | null };
  const steps = fc.array(fc.record({ slot: fc.nat(12), tokens: fc.option(fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 6 })) }), {
    maxLength: 80,
  });

  /** Enough entries that the space inverts them, however few the steps are. */
  const filled = () => {
    const space = sparseSpace();
    for (let slot = 100; slot < 800; slot += 1)
      space.put(slot, { indices: Uint32Array.from({ length: 50 }, (_, i) => 1_000 + i), values: new Float32Array(50).fill(1) });
    return space;
  };

  test('scores and frequencies are those of a plain sum, whatever was put, replaced and removed, before and after inversion', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (list: Step[], invertEarly) => {
        const space = filled();
        const plain = new Map<number, number[]>();
        for (const [i, { slot, tokens }] of list.entries()) {
          if (tokens === null) {
            space.remove(slot);
            plain.delete(slot);
          } else {
            const sorted = tokens.toSorted((a, b) => a - b);
            space.put(slot, { indices: Uint32Array.from(sorted), values: Float32Array.from(sorted, (token) => token + 1) });
            plain.set(slot, sorted);
          }
          if (invertEarly && i === list.length >> 1) space.documentFrequencies(Uint32Array.of(1));
        }
        const query = { indices: Uint32Array.of(0, 3, 5), values: Float32Array.of(1, 2, -1) };
        const expected = new Map<number, number>();
        for (const [slot, tokens] of plain) {
          const shared = tokens.filter((token) => query.indices.includes(token));
          if (shared.length > 0) expected.set(slot, shared.reduce((sum, token) => sum + (token + 1) * query.values[query.indices.indexOf(token)]!, 0)); // prettier-ignore
        }
        const found = new Map<number, number>();
        space.score(query, (slot, score) => void found.set(slot, score));
        expect(found).toEqual(expected);
        const frequency = (token: number) => [...plain.values()].filter((tokens) => tokens.includes(token)).length;
        expect(space.documentFrequencies(Uint32Array.of(0, 3, 77))).toEqual([frequency(0), frequency(3), 0]);
        expect(space.count()).toBe(700 + plain.size);
      }),
    );
  });
});
