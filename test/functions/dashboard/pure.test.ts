import { describe, expect, test } from 'vitest';
import { segmentsOf } from '../../../functions/dashboard/page/ask/marks.ts';
import { isSameCaller, expiryOf, type Credential } from '../../../functions/dashboard/page/credential.ts';
import { byReason } from '../../../functions/dashboard/page/documents/reasons.ts';
import { extensionOf, replaced } from '../../../functions/dashboard/page/documents/replace.ts';
import { withState } from '../../../functions/dashboard/page/health/state.ts';
import { asCode, asCurl, bodyOf, EMPTY, faultOf, scalarOf } from '../../../functions/dashboard/page/search/request.ts';

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

  test('does not send a bound that is no number, and says why', () => {
    const row = { key: 'year', relation: 'at least' as const, value: 'abc' };
    expect(faultOf(row)).toBe('“at least” takes a number, and abc is none.');
    expect(bodyOf({ ...EMPTY, query: 'q', rows: [row] }, 'c')).toEqual({ query: 'q', collection: 'c', limit: 10 });
    expect(faultOf({ ...row, relation: 'is one of', value: 'en,,de' })).toBe('There is a comma too many.');
    for (const fine of ['1', '-2.5', '']) expect(faultOf({ ...row, value: fine })).toBeNull();
  });

  test('as code imports what it uses, and shows the credential that this session has', () => {
    expect(asCode('http://g', { query: 'q' }, 'key')).toMatch(
      /^import \{ createClient \} from 'rag-service\/client';[^]*apiKey: process\.env\.API_KEY/,
    );
    expect(asCode('http://g', { query: 'q' }, 'token')).toContain('token: process.env.TOKEN');
    expect(asCurl('http://g', { query: 'q' }, 'token')).toContain('authorization: Bearer $TOKEN');
  });

  test('is a command that a shell takes as one argument, whatever was typed', () => {
    expect(asCurl('http://g', { query: `it's $(rm) "x"` }, 'key')).toContain(String.raw`-d '{"query":"it'\''s $(rm) \"x\""}'`);
  });
});

describe('a breaker', () => {
  const seen = { since: -600, unseenFrom: null };

  test('is remembered by its changes, and only as far back as is shown', () => {
    let changes = withState([], 'closed', { ...seen, at: 0 });
    changes = withState(changes, 'closed', { ...seen, at: 100 });
    changes = withState(changes, 'open', { ...seen, at: 200 });
    expect(changes).toEqual([
      { at: 0, state: 'closed' },
      { at: 200, state: 'open' },
    ]);
    expect(withState(changes, 'open', { ...seen, at: 900, since: 300 })).toEqual([{ at: 200, state: 'open' }]);
  });

  test('is unknown for as long as nobody looked, also when it is as it was before', () => {
    expect(withState([{ at: 0, state: 'closed' }], 'closed', { ...seen, at: 90, unseenFrom: 30 })).toEqual([
      { at: 0, state: 'closed' },
      { at: 30, state: 'unknown' },
      { at: 90, state: 'closed' },
    ]);
  });
});

describe('a file that is to replace a document', () => {
  test('has to be of its kind: the name says how it is read', () => {
    expect(replaced('a/one.md', new File(['x'], 'other.MD')).instead?.name).toBe('a/one.md');
    for (const name of ['page.html', 'broken.pdf', 'one', 'one.md.docx'])
      expect(replaced('a/one.md', new File(['x'], name)).refusal, name).toMatchObject({
        documentId: 'a/one.md',
        code: 'media_type_unsupported',
      });
    expect(extensionOf('no-extension')).toBeNull();
  });
});

test('failures with one reason are one, with the names below it', () => {
  const reason = { code: 'media_type_unsupported', detail: 'It is none.' };
  const failures = [
    ...Array.from({ length: 3_000 }, (_, i) => ({ documentId: `${i}`, ...reason })),
    { ...reason, documentId: 'x', detail: 'Other.' },
  ];
  expect(byReason(failures).map(({ names }) => names.length)).toEqual([3_000, 1]);
});

describe('a credential', () => {
  const token = (claims: object): Credential => ({ kind: 'token', value: `e30.${btoa(JSON.stringify(claims)).replaceAll('=', '')}.sig` });
  const key = (value: string): Credential => ({ kind: 'key', value });

  test('is one caller’s when the key is the same or the tokens have one issuer; of what cannot be read that is not believed', () => {
    expect(isSameCaller(key('a'), key('a'))).toBe(true);
    expect(isSameCaller(key('a'), key('b'))).toBe(false);
    expect(isSameCaller(token({ iss: 'x', exp: 1 }), token({ iss: 'x', exp: 2 }))).toBe(true);
    expect(isSameCaller(token({ iss: 'x' }), token({ iss: 'y' }))).toBe(false);
    expect(isSameCaller(token({}), token({ exp: 1 }))).toBe(false);
    expect(isSameCaller({ kind: 'token', value: 'a' }, { kind: 'token', value: 'b.c.d' })).toBe(false);
    expect(isSameCaller(key('a'), { kind: 'token', value: 'a' })).toBe(false);
  });

  test('says when it ends, if it does', () => {
    expect(expiryOf(token({ exp: 1_700_000_000 }))).toBe(1_700_000_000_000);
    for (const one of [token({}), token({ exp: 'soon' }), key('e30.e30.e30'), { kind: 'token' as const, value: 'e30.null.x' }])
      expect(expiryOf(one)).toBeNull();
  });
});
