import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fingerprint } from '../../functions/_kernel/corpus/fingerprint.ts';
import type { Cache } from '../../functions/_kernel/policy/cache.ts';
import { decodeVector, encodeVector, questionVectors } from '../../functions/_kernel/question-vectors.ts';

const INDEX: Fingerprint = {
  model: 'nomic-embed-text',
  digest: 'sha256:one',
  dimension: 2,
  queryPrefix: 'search_query: ',
  documentPrefix: 'search_document: ',
  chunker: 'c',
  chunkChars: 800,
  analyser: '1',
};

/** A cache in memory, and an embedder that counts its calls. */
function memory() {
  const kept = new Map<string, string>();
  const calls: string[][] = [];
  const cache: Cache = {
    async look(kind, tenant, identity) {
      const key = JSON.stringify([kind, tenant, identity]);
      return { value: kept.get(key) ?? null, keep: (value) => void kept.set(key, value) };
    },
  };
  const embed = async (texts: string[], model: string) => {
    calls.push([model, ...texts]);
    return texts.map((text) => [text.length, 0.5]);
  };
  const asking = (using: Cache | null) => questionVectors({ model: 'nomic-embed-text', embed, cache: using });
  const of = (change: Partial<Fingerprint> = {}, tenant = 'ann') => ({ tenant, fingerprint: Promise.resolve({ ...INDEX, ...change }) });
  return { kept, calls, ask: asking(cache), askAnew: asking(null), of };
}

test('a vector comes back as the same 32-bit floats, and nothing else comes back as one', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 100 }), (vector) => {
      expect(decodeVector(encodeVector(vector), vector.length)).toEqual(vector);
      expect(decodeVector(encodeVector(vector), vector.length + 1)).toBeNull();
    }),
  );
  fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 10 }), (text, dimension) => void decodeVector(text, dimension)));
});

test('a question is embedded once, with its model’s prefix; another tenant, digest or dimension asks anew', async () => {
  const { ask, of, calls } = memory();
  for (let i = 0; i < 2; i++) expect(await ask(' what\n is it ', of())).toEqual([24, 0.5]);
  expect(calls).toEqual([['nomic-embed-text', 'search_query: what is it']]);
  await ask('what is it', of({}, 'bob'));
  await ask('what is it', of({ digest: 'sha256:two' }));
  await ask('what is it', of({ digest: null }));
  await ask('what is it', of({ dimension: 3 }));
  expect(calls).toHaveLength(5);
});

test('questions of one go that are not remembered are embedded in one call', async () => {
  const { ask, of, calls } = memory();
  await ask('one', of());
  const index = of();
  const vectors = await Promise.all(['two', 'one', 'three'].map((text) => ask(text, index)));
  expect(calls.slice(1)).toEqual([['nomic-embed-text', 'search_query: two', 'search_query: three']]);
  expect(vectors.map(([length]) => length)).toEqual(['two', 'one', 'three'].map((text) => 'search_query: '.length + text.length));
});

test('an index made with another model is asked with that one, remembered or not', async () => {
  const { ask, askAnew, of, calls } = memory();
  await ask('one', of({ model: 'bge-m3' }));
  expect(calls).toEqual([['bge-m3', 'one']]);
  expect(await askAnew('one', of({ model: 'bge-m3' }))).toEqual([3, 0.5]);
  expect(calls.at(-1)).toEqual(['bge-m3', 'one']);
});

test('without a cache the model is asked while the index is looked up', async () => {
  const { askAnew, calls } = memory();
  const index = Promise.withResolvers<Fingerprint>();
  const vector = askAnew('one', { tenant: 'ann', fingerprint: index.promise });
  await Promise.resolve().then(() => Promise.resolve());
  expect(calls).toHaveLength(1);
  index.resolve(INDEX);
  expect(await vector).toEqual(['search_query: one'.length, 0.5]);
});

test('an index that is not there fails the question, with or without a cache', async () => {
  const { ask, askAnew } = memory();
  const missing = () => ({ tenant: 'ann', fingerprint: Promise.reject(new Error('no such collection')) });
  await expect(ask('one', missing())).rejects.toThrow('no such collection');
  await expect(askAnew('one', missing())).rejects.toThrow('no such collection');
});
