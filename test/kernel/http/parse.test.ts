import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../functions/_kernel/failure.ts';
import { decodeUtf8, parseJson } from '../../../functions/_kernel/http/parse.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const errorsOf = (text: string) => {
  try {
    parseJson(encode(text));
  } catch (error) {
    if (error instanceof Failure && error.reason.code === 'invalid_request') return error.reason.errors;
    throw error;
  }
  return [];
};

describe('decodeUtf8', () => {
  test('gives back every text that was encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.startsWith('\ufeff')),
        (text) => decodeUtf8(encode(text)) === text,
      ),
    );
  });

  test.each([[[0xff]], [[0xc0, 0xaf]], [[0xed, 0xa0, 0x80]], [[0xf4, 0x90, 0x80, 0x80]], [[0xe2, 0x82]]])('%j is not UTF-8', (bytes) => {
    expect(decodeUtf8(new Uint8Array(bytes))).toBeNull();
  });
});

describe('parseJson', () => {
  test('gives back every value that was written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        fc.pre(!JSON.stringify(value).includes('"__proto__":'));
        expect(parseJson(encode(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('names every half of a surrogate pair by its path, in keys and in values', () => {
    expect(errorsOf('{"a":["x","\\ud800"],"b":{"c":"\\uDFFF"},"\\ud83d":1}').map(({ path }) => path)).toEqual(['a[1]', 'b.c', '\ud83d']);
  });

  test.each(['{"a":[{"__proto__":1}]}', '{"a":[{"\\u005f_proto__":1}]}', '{"a":[{"__\\u0070roto__":1}]}'])(
    '%s names a prototype, which would be lost without a word',
    (text) => {
      expect(errorsOf(text)).toEqual([{ path: 'a[0].__proto__', message: expect.stringContaining('no field can have') }]);
    },
  );

  test('a text may speak of prototypes', () => {
    expect(parseJson(encode('{"a":"__proto__"}'))).toEqual({ a: '__proto__' });
  });

  test('whole characters may be escaped in halves', () => {
    expect(parseJson(encode('"\\ud83d\\ude00"'))).toBe('😀');
  });

  test('an escaped backslash before a u is no surrogate', () => {
    expect(parseJson(encode('"\\\\ud800"'))).toBe('\\ud800');
  });
});
