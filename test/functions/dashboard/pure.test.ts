import { describe, expect, test } from 'vitest';
import { segmentsOf } from '../../../functions/dashboard/page/ask/marks.ts';
import { withState } from '../../../functions/dashboard/page/health/state.ts';
import { asCurl, bodyOf, EMPTY, scalarOf } from '../../../functions/dashboard/page/search/request.ts';

const shown = (answer: string, markers: number[], unsupported: string[] = []) =>
  segmentsOf(answer, new Set(markers), unsupported).map((one) =>
    one.kind === 'mark' ? one.marker : one.unsupported ? `~${one.text}~` : one.text,
  );

describe('an answer', () => {
  test('is cut at the markers of its citations; other numbers in brackets stay text', () => {
    expect(shown('Oiled daily [1]. See array[2] and [3].', [1, 3])).toEqual(['Oiled daily ', 1, '. See array[2] and ', 3, '.']);
  });

  test('has what nothing supports marked, also across markers and lines', () => {
    expect(shown('It is old. It is red [1]\nand big. Yes.', [1], ['It is red and big.'])).toEqual([
      'It is old. ',
      '~It is red~',
      ' ',
      1,
      '\n',
      '~and big.~',
      ' Yes.',
    ]);
  });

  test('is never changed: its pieces are its text', () => {
    for (const answer of ['', '[1]', 'a [1][1] b', '[[1]] <b>[2]</b> \u{1f6e0}\ufe0f']) {
      const back = segmentsOf(answer, new Set([1]), ['nowhere', 'b']).map((one) => (one.kind === 'mark' ? `[${one.marker}]` : one.text));
      expect(back.join('')).toBe(answer);
    }
  });
});

describe('a search', () => {
  test('leaves out what is as usual, and conditions that are not written yet', () => {
    const rows = [
      { key: 'lang', relation: 'is one of' as const, value: 'en, de' },
      { key: 'year', relation: 'at least' as const, value: '2020' },
      { key: 'draft', relation: 'is not' as const, value: 'true' },
      { key: '', relation: 'is' as const, value: 'x' },
    ];
    expect(bodyOf({ ...EMPTY, query: 'q', rows }, 'c')).toEqual({
      query: 'q',
      collection: 'c',
      limit: 10,
      filter: {
        must: [
          { key: 'lang', any: ['en', 'de'] },
          { key: 'year', range: { gte: 2020 } },
        ],
        mustNot: [{ key: 'draft', match: true }],
      },
    });
  });

  test('reads numbers and truth values, unless they are in quotes', () => {
    expect(['7', '0.5', 'true', '"7"', ' a b '].map(scalarOf)).toEqual([7, 0.5, true, '7', 'a b']);
  });

  test('is a command that a shell takes as one argument, whatever was typed', () => {
    expect(asCurl('http://g', { query: `it's $(rm) "x"` })).toContain(String.raw`-d '{"query":"it'\''s $(rm) \"x\""}'`);
  });
});

test('a breaker is remembered by its changes, and only as far back as is shown', () => {
  let changes = withState([], 'closed', 0, -600);
  changes = withState(changes, 'closed', 100, -500);
  changes = withState(changes, 'open', 200, -400);
  expect(changes).toEqual([
    { at: 0, state: 'closed' },
    { at: 200, state: 'open' },
  ]);
  expect(withState(changes, 'open', 900, 300)).toEqual([{ at: 200, state: 'open' }]);
});
