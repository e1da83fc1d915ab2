import { beforeAll, describe, expect, test } from 'vitest';
import { tokenId } from '../../../functions/_kernel/retrieval/murmur3.ts';
import { problem, qdrantTarget } from './target.ts';

const target = qdrantTarget();

// Source: Qdrant 1.19, lib/bm25, src/common/inference/bm25_inference.rs: a server computes `qdrant/bm25` itself.
describe('qdrant: BM25 of a text, computed by the server', () => {
  const model = 'qdrant/bm25';
  let name = '';
  beforeAll(async () => {
    name = target.fresh();
    await target.client.createCollection(name, {
      vectors: { dense: { size: 1, distance: 'Dot' } },
      sparse_vectors: { text: { modifier: 'idf' }, plain: {} },
    });
  });
  const stored = async (id: number, text: string, options?: object) => {
    const document = { model, text, ...(options && { options }) };
    const answer = await target.call('PUT', `/collections/${name}/points?wait=true`, { points: [{ id, vector: { plain: document, text: document } }] }); // prettier-ignore
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const [point] = await target.client.retrieve(name, { ids: [id], with_vector: ['plain'] });
    const { plain } = point!.vector as { plain: { indices: number[]; values: number[] } };
    return new Map(plain.indices.map((index, i) => [index, Number((plain.values[i] ?? 0).toFixed(5))]));
  };
  const weights = (tokens: Record<string, number>) =>
    new Map(Object.entries(tokens).map(([token, weight]) => [tokenId(token), Number(weight.toFixed(5))] as const).toSorted((a, b) => a[0] - b[0])); // prettier-ignore
  const tf = (count: number, length: number, { k = 1.2, b = 0.75, average = 256 } = {}) =>
    (count * (k + 1)) / (k * (1 - b + (b * length) / average) + count);

  test('a document: stems without stop words, each by its frequency and the text’s length', async () => {
    const expected = weights({ fear: tf(2, 5), must: tf(1, 5), mind: tf(1, 5), killer: tf(1, 5) });
    expect(await stored(1, 'I must not fear. Fear is the mind-killer.')).toEqual(expected);
    expect(await stored(2, 'Running runners ran', { k: 2, b: 0, avg_len: 5 })).toEqual(weights({ run: 1, runner: 1, ran: 1 }));
    expect(await stored(3, 'The a an and')).toEqual(new Map());
  });

  test('options say how words are cut', async () => {
    const plain = { stemmer: { type: 'none' }, stopwords: { custom: ['fox'] } };
    expect([...(await stored(4, 'The Foxes fox', plain)).keys()].toSorted()).toEqual([tokenId('the'), tokenId('foxes')].toSorted());
    expect([...(await stored(5, "don't stop-now", { tokenizer: 'whitespace' })).keys()]).toEqual([tokenId('stop-now')]);
    expect([...(await stored(6, 'laufende', { stemmer: { type: 'snowball', language: 'german' }, stopwords: {} })).keys()]).toEqual([tokenId('laufend')]); // prettier-ignore
    expect([...(await stored(7, 'the foxes', { language: 'none' })).keys()].toSorted()).toEqual([tokenId('the'), tokenId('foxes')].toSorted()); // prettier-ignore
  });

  test('a query: each of its stems once, with a weight of one; IDF is the vector’s', async () => {
    const [text, query] = ['fearing fears', { model, text: 'Fears and fearing' }];
    await stored(8, text);
    const plain = (await target.client.query(name, { query, using: 'plain', limit: 2 })).points;
    expect(plain.map(({ id }) => id)).toEqual([8, 1]);
    expect(plain[1]?.score).toBeCloseTo(tf(2, 5), 5);
    const nested = await target.client.query(name, { prefetch: { query: { nearest: query }, using: 'text' }, query: { fusion: 'rrf' } });
    expect(nested.points.map(({ id }) => id)).toEqual([8, 1]);
  });

  test.each([
    ['another model', { model: 'openai/embed', text: 'x' }, 500, expect.stringContaining('InferenceService URL not configured')],
    ['an image', { model, image: 'x' }, 400, 'Wrong input: Only text input is supported for qdrant/bm25.'],
    ['b above 1', { model, text: 'x', options: { b: 2 } }, 400, 'Wrong input: BM25 b must be finite and in [0.0, 1.0], got 2'],
    ['avg_len 0', { model, text: 'x', options: { avg_len: 0 } }, 400, 'Wrong input: BM25 avg_doc_len must be finite and > 0, got 0'],
  ])('%s is refused', async (_, text, status, error) => {
    const written = await target.call('PUT', `/collections/${name}/points`, { points: [{ id: 9, vector: { text } }] });
    expect(written, JSON.stringify(written)).toMatchObject({ status, body: problem(error) });
    const asked = await target.call('POST', `/collections/${name}/points/query`, { query: text, using: 'text' });
    expect(asked, JSON.stringify(asked)).toMatchObject({ status, body: problem(error) });
  });

  test('a text for the unnamed vector, or for a dense one, is 400', async () => {
    const put = async (vector: object) => target.call('PUT', `/collections/${name}/points`, { points: [{ id: 9, vector }] });
    expect(await put({ model, text: 'x' })).toMatchObject({
      status: 400,
      body: problem('Bad request: Sparse vector from document inference should be named'),
    });
    expect((await put({ dense: { model, text: 'x' } })).status).toBe(400);
  });
});
