import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDatetime } from '../../local/qdrant/filter/datetime.ts';
import { compareIds, normaliseUuid, pointId } from '../../local/qdrant/ids.ts';
import type { JsonObject } from '../../local/qdrant/json.ts';
import { deleteAt, jsonPath, setAt, valuesAt } from '../../local/qdrant/json-path.ts';
import { idOrder, lowerBound } from '../../local/qdrant/order.ts';
import { checkTextParams, textAnalyser } from '../../local/qdrant/text.ts';

describe('qdrant stand-in: payload paths', () => {
  const payload = (): JsonObject => ({ a: { b: [{ c: 1 }, { c: 2 }, 3] }, 'd e': 4, ü: 5 });

  test.each([
    ['a.b[].c', [1, 2]],
    ['a.b[1].c', [2]],
    ['a.b[9]', []],
    ['"d e"', [4]],
    ['ü', [5]],
    ['a.x', []],
  ])('%s', (path, values) => {
    expect(valuesAt(payload(), jsonPath(path))).toEqual(values);
  });

  test.each(['', '.a', 'a.', 'a..b', '[0]', 'a[x]', 'a b', '"a'])('%j is refused', (path) => {
    expect(() => jsonPath(path)).toThrow('Invalid json path');
  });

  test('set makes what is missing on the way, and every element of an array', () => {
    const set = (path: string, merge: JsonObject) => {
      const target = payload();
      setAt(target, jsonPath(path), merge);
      return target;
    };
    expect(set('x.y', { z: 1 })).toMatchObject({ x: { y: { z: 1 } } });
    expect(set('a.b[0]', { d: 9 })['a']).toEqual({ b: [{ c: 1, d: 9 }, { c: 2 }, 3] });
    expect(set('a.b[]', { d: 9 })['a']).toEqual({ b: [{ c: 1, d: 9 }, { c: 2, d: 9 }, { d: 9 }] });
    expect(set('a.b[7]', { d: 9 })).toEqual(payload());
  });

  test('keys that JavaScript objects inherit are keys like others', () => {
    const target = payload();
    expect(valuesAt(target, jsonPath('a.constructor'))).toEqual([]);
    setAt(target, jsonPath('__proto__.x'), { polluted: true });
    expect(Reflect.get({}, 'x')).toBeUndefined();
    expect(valuesAt(target, jsonPath('__proto__.x.polluted'))).toEqual([true]);
  });

  test('delete removes keys, empties arrays, and never shifts an array', () => {
    const removed = (path: string) => {
      const target = payload();
      deleteAt(target, jsonPath(path));
      return target['a'];
    };
    expect(removed('a.b[].c')).toEqual({ b: [{}, {}, 3] });
    expect(removed('a.b[]')).toEqual({ b: [] });
    expect(removed('a.b[0]')).toEqual(payload()['a']);
  });
});

describe('qdrant stand-in: ids', () => {
  test('a UUID in any form is the same point', () => {
    const uuid = '936da01f-9abd-4d9d-80c7-02af85c822a8';
    for (const form of [uuid, uuid.toUpperCase(), uuid.replaceAll('-', ''), `urn:uuid:${uuid}`, `{${uuid}}`])
      expect(normaliseUuid(form)).toBe(uuid);
    expect(normaliseUuid('not-a-uuid')).toBeNull();
  });

  test('an integer that JSON cannot carry exactly is refused, not rounded', () => {
    expect(pointId(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => pointId(2 ** 53)).toThrow('use UUIDs');
  });

  test('the order of ids is that of sorting them, whatever was added and removed in between', () => {
    const ids = fc.oneof(fc.nat(50), fc.uuid());
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, fc.boolean())), (steps) => {
        const order = idOrder();
        const alive = new Set<number | string>();
        for (const [i, [id, add]] of steps.entries()) {
          if (add && !alive.has(id)) {
            alive.add(id);
            order.add(id);
          } else if (!add && alive.delete(id)) order.removed();
          if (i % 3 === 0) order.ids((one) => alive.has(one));
        }
        const sorted = [...alive].toSorted(compareIds);
        expect(order.ids((one) => alive.has(one))).toEqual(sorted);
        for (const [at, id] of sorted.entries()) expect(lowerBound(sorted, id)).toBe(at);
      }),
    );
  });
});

describe('qdrant stand-in: dates and words', () => {
  test.each([
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2024-02-29 10:30', '2024-02-29T10:30:00.000Z'],
    ['2024-02-29T10:30:00+02:00', '2024-02-29T08:30:00.000Z'],
    ['2024-02-29T10:30:00.5Z', '2024-02-29T10:30:00.500Z'],
  ])('%s is a date', (text, iso) => {
    expect(parseDatetime(text)).toBe(Date.parse(iso) * 1_000);
  });

  test('microseconds count, and what is no date is none', () => {
    expect(parseDatetime('1970-01-01T00:00:00.000001Z')).toBe(1);
    for (const text of ['', 'today', '2024', '2024-13-01', '10:30']) expect(parseDatetime(text)).toBeNull();
  });

  test('a language without its words here is refused by name, not left out', () => {
    expect(() => checkTextParams({ stopwords: 'german' })).toThrow('Not in the stand-in: stop words of german');
    expect(() => checkTextParams({ stemmer: { type: 'snowball', language: 'tamil' } })).toThrow('a stemmer for tamil');
    expect(() => checkTextParams({ stopwords: { languages: ['klingon'] } })).toThrow('unknown variant `klingon`');
    expect(() => checkTextParams({ stopwords: 'en', stemmer: { type: 'snowball', language: 'german' } })).not.toThrow();
  });

  test('a text index cuts words by its parameters', () => {
    expect(textAnalyser({}).words('Über-Straße, 3 Ärzte')).toEqual(['über', 'straße', '3', 'ärzte']);
    expect(textAnalyser({ tokenizer: 'whitespace', lowercase: false }).words('A-b C')).toEqual(['A-b', 'C']);
    expect(textAnalyser({ tokenizer: 'prefix', min_token_len: 2, max_token_len: 3 }).words('hello')).toEqual(['he', 'hel']);
    expect(textAnalyser({ lowercase: false, stopwords: { custom: ['The'] } }).words('The the')).toEqual(['the']);
    expect(textAnalyser({ ascii_folding: true }).words('Ärzte')).toEqual(['arzte']);
    const stemmer = { type: 'snowball', language: 'english' };
    expect(textAnalyser({ stopwords: 'english', stemmer, min_token_len: 4 }).words('The running foxes jumped')).toEqual(['jump']);
    expect(textAnalyser({ stopwords: 'english', stemmer }).matcher('text', 'jumping fox')('The foxes jumped')).toBe(true);
    expect(textAnalyser({ min_token_len: 3, stopwords: { custom: ['The'] } }).words('the cat is in')).toEqual(['cat']);
  });
});
