import * as fc from 'fast-check';
import snowball from 'snowball-stemmers';
import { expect, test } from 'vitest';
import { codeIn } from '../../../functions/_kernel/retrieval/code.ts';
import { analyse } from '../../../functions/_kernel/retrieval/analyse.ts';
import { detectLanguage, languageOf } from '../../../functions/_kernel/retrieval/languages.ts';
import { murmur3, tokenId } from '../../../functions/_kernel/retrieval/murmur3.ts';
import { averageLengths, DEFAULT_LENGTHS, documentVector, queryVector } from '../../../functions/_kernel/retrieval/sparse.ts';
import { porter2 } from '../../../functions/_kernel/retrieval/porter2.ts';
import { stem } from '../../../functions/_kernel/retrieval/stem.ts';

test('murmur3: gives the published values', () => {
  // https://en.wikipedia.org/wiki/MurmurHash#Test_vectors and SMHasher's own
  expect(murmur3('')).toBe(0);
  expect(murmur3('', 1)).toBe(0x514e28b7);
  expect(murmur3('', 0xffffffff)).toBe(0x81f16f39);
  expect(murmur3('test')).toBe(0xba6bd213);
  expect(murmur3('Hello, world!')).toBe(0xc0363e43);
  expect(murmur3('The quick brown fox jumps over the lazy dog')).toBe(0x2e4ff723);
});

test('token ids: are the absolute value of the hash as a signed number', () => {
  expect(tokenId('test')).toBe(Math.abs(0xba6bd213 - 2 ** 32));
});

test('vectors: indices ascend without repeats and values are finite and positive, for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 30 }), (text, title) => {
      for (const { indices, values } of [documentVector({ text, title }, DEFAULT_LENGTHS), queryVector(text)]) {
        expect(indices.length).toBe(values.length);
        expect(indices.every((index, at) => Number.isInteger(index) && index >= 0 && (at === 0 || index > indices[at - 1]!))).toBe(true);
        expect(values.every((value) => Number.isFinite(value) && value > 0)).toBe(true);
      }
    }),
  );
});

test('vectors: the stem family has the weights of Qdrant’s BM25', () => {
  // lib/bm25's own case: 5 tokens, one of them twice, k1 1.2, b 0.75, average 5 → 4.4 / 3.2.
  const { indices, values } = documentVector({ text: 'cat dog cat fish bird', language: 'en' }, { stems: 5, bigrams: 4, grams: 20 });
  expect(values[indices.indexOf(tokenId('cat'))]).toBe(1.375);
});

test('vectors: a title’s words count twice', () => {
  const twice = documentVector({ text: 'fish cat cat', language: 'en' }, DEFAULT_LENGTHS);
  const titled = documentVector({ text: 'fish', title: 'cat', language: 'en' }, DEFAULT_LENGTHS);
  const weight = ({ indices, values }: typeof twice) => values[indices.indexOf(tokenId('cat'))];
  expect(weight(titled)).toBe(weight(twice));
});

test('a question keeps its term frequencies', () => {
  const { indices, values } = queryVector('heat heat shield', 'en');
  expect(values[indices.indexOf(tokenId('heat'))]).toBe(2);
});

test('lengths: are the mean of each family, and the default for nothing', () => {
  expect(averageLengths([])).toEqual(DEFAULT_LENGTHS);
  const lengths = averageLengths([
    { text: 'cat dog', language: 'en' as const },
    { text: 'cat dog fish bird', language: 'en' as const },
  ]);
  expect(lengths).toMatchObject({ stems: 3, bigrams: 2 });
});

test('lengths: do not depend on the order of documents', () => {
  fc.assert(
    fc.property(fc.array(fc.lorem({ maxCount: 8 }), { minLength: 1, maxLength: 8 }), (texts) => {
      expect(averageLengths(texts.map((text) => ({ text })))).toEqual(averageLengths(texts.toReversed().map((text) => ({ text }))));
    }),
  );
});

test('analyser: identifiers yield themselves and their parts', () => {
  expect(analyse('getUserName', 'en').stems).toEqual(['getusernam', 'get', 'user', 'name']);
  expect(analyse('max_answer_tokens', 'en').stems).toEqual(['max', 'answer', 'token']);
  expect(analyse('call client.getUserName() now', 'en', 'document').stems).toContain('user');
});

test.each([
  ['between fences', 'Set it so:\n\n```ts\nlet maxRetries = 3\n```\n'],
  ['in a fence that the passage cuts off', 'Set it so:\n\n~~~\nlet maxRetries = 3'],
  ['in lines of which one ends as statements do', 'let maxRetries = 3\nreturn userName;'],
])('analyser: identifiers are split in code, %s', (_, text) => {
  expect(analyse(text, 'en', 'document').stems).toEqual(expect.arrayContaining(['maxretri', 'max', 'retri']));
});

test('analyser: prose beside code stays prose', () => {
  const text = 'A maxRetries that is low\n\n```\nlet a = 1;\n```\n\nis raised by userName';
  expect(analyse(text, 'en', 'document').stems).not.toContain('user');
  expect(analyse(text, 'en', 'document').stems).not.toContain('retri');
  expect(codeIn(text).map(({ start, end }) => text.slice(start, end))).toEqual(['```\nlet a = 1;\n```']);
  expect(codeIn('')).toEqual([]);
});

test('analyser: words that stand glued together in prose are not split into stems', () => {
  expect(analyse('see the documentationSummary page', 'en', 'document').stems).toEqual(['see', 'documentationsummari', 'page']);
});

test('analyser: scripts without spaces are cut in characters and pairs, also beside Latin letters and digits', () => {
  expect(analyse('NASA在1969年', 'en').stems).toEqual(['nasa', '在', '1969', '年']);
  expect(analyse('登月', 'en').stems).toEqual(['登', '月', '登月']);
});

test('analyser: an accent left out is still found through the 4-grams', () => {
  const accented = new Set(analyse('Müller', 'de').grams);
  expect(analyse('Muller', 'de').grams.every((gram) => accented.has(gram))).toBe(true);
});

test('analyser: full-width letters and ligatures are the plain ones', () => {
  expect(analyse('ＡＢＣ ﬁsh', 'en').stems).toEqual(analyse('ABC fish', 'en').stems);
});

test('language: is told by function words, and is the fallback without them', () => {
  expect(detectLanguage('Wie viele Punkte gab die Verteidigung ab?')).toBe('de');
  expect(detectLanguage('¿Cuántos puntos dio la defensa de los Panthers?')).toBe('es');
  expect(detectLanguage('Сколько очков дала защита?')).toBe('ru');
  expect(detectLanguage('Los Angeles Lakers', 'en')).toBe('en');
  expect(detectLanguage('Panthers Sacks', 'de')).toBe('de');
});

test('language: a tag is read with its region, script and either form of Norwegian; another one is none', () => {
  expect(['de', 'DE', 'pt-BR', 'en_GB', 'zh-Hant-TW', 'nb', 'nn-NO', 'th', 'und'].map(languageOf)).toEqual([
    'de',
    'de',
    'pt',
    'en',
    'und',
    'no',
    'no',
    'und',
    'und',
  ]);
  expect(['', 'xx', 'english', 'd', 'de-', '-de', 'constructor', 'de DE'].map(languageOf)).toEqual(Array.from({ length: 8 }, () => null));
});

test('porter2: is Snowball’s English stemmer, for every start, ending and doubling of a word', () => {
  const english = snowball.newStemmer('english');
  const starts = fc.constantFrom(
    'gener',
    'commun',
    'arsen',
    'hop',
    'hopp',
    'cri',
    'cry',
    'say',
    'by',
    'fluenc',
    'un',
    'proceed',
    'relat',
    'y',
    'sky',
    'bias',
    'd',
    'tion',
    'log',
    'abl',
  );
  const endings = fc.constantFrom(
    '',
    's',
    "'s",
    'ed',
    'edly',
    'ing',
    'ingly',
    'eed',
    'eedly',
    'ies',
    'ied',
    'sses',
    'us',
    'ization',
    'ational',
    'fulness',
    'ousli',
    'logi',
    'li',
    'iciti',
    'ative',
    'ement',
    'ion',
    'sion',
    'e',
    'll',
    'y',
    'at',
    'bl',
    'iz',
  );
  const word = fc
    .tuple(starts, fc.oneof(fc.constant(''), fc.stringMatching(/^[a-z]{1,4}$/)), endings, endings)
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(word, (one) => {
      expect(porter2(one)).toBe(english.stem(one));
    }),
    { numRuns: 2_000 },
  );
});

test('stems: are Snowball’s, remembered or not', () => {
  const words = ['generously', 'skies', 'relational', 'dying', 'news', 'proceed'];
  const english = snowball.newStemmer('english');
  for (const word of [...words, ...words]) expect(stem(word, 'en')).toBe(english.stem(word));
  expect(stem('häuser', 'de')).toBe('haus');
  expect(stem('anything', 'und')).toBe('anything');
});
