import { beforeAll, describe, expect, test } from 'vitest';
import { problem, qdrantTarget } from './target.ts';

const target = qdrantTarget();

// Source: Qdrant 1.19, "Concepts: Search", "Hybrid Queries", "Explore", "Indexing: IDF modifier"; fusion: lib/segment/src/common/*fusion.rs.
describe('qdrant: query', () => {
  let name = '';
  beforeAll(async () => {
    name = target.fresh();
    await target.client.createCollection(name, {
      vectors: { dense: { size: 2, distance: 'Cosine' }, plane: { size: 2, distance: 'Euclid' } },
      sparse_vectors: { lexical: { modifier: 'idf' }, plain: {} },
    });
    for (const field of ['doc', 'lang'])
      await target.client.createPayloadIndex(name, { field_name: field, field_schema: 'keyword', wait: true });
    await target.client.createPayloadIndex(name, { field_name: 'n', field_schema: 'integer', wait: true });
    const sparse = (indices: number[], values: number[]) => ({ indices, values });
    await target.client.upsert(name, {
      wait: true,
      points: [
        {
          id: 1,
          vector: { dense: [1, 0], plane: [0, 0], lexical: sparse([1, 2], [1, 1]), plain: sparse([1], [2]) },
          payload: { doc: 'x', lang: 'en', n: 3 },
        },
        {
          id: 2,
          vector: { dense: [0.8, 0.6], plane: [3, 4], lexical: sparse([1], [2]), plain: sparse([1], [3]) },
          payload: { doc: 'x', lang: 'de', n: 2 },
        },
        { id: 3, vector: { dense: [0.6, 0.8], plane: [6, 8], lexical: sparse([3], [1]) }, payload: { doc: 'y', lang: 'en', n: 1 } },
        { id: 4, vector: { dense: [0, 1] }, payload: { doc: ['y', 'z'], lang: 'en' } },
        { id: 5, vector: {}, payload: { doc: 'w' } },
      ],
    });
  });
  const query = async (body: object) => (await target.client.query(name, body)).points;
  const scores = async (body: object) => (await query(body)).map(({ id, score }) => [id, Number(score.toFixed(4))]);

  test('cosine: greatest first, points without the vector left out, nothing but id, version and score by default', async () => {
    expect(await scores({ query: [2, 0], using: 'dense' })).toEqual([[1, 1], [2, 0.8], [3, 0.6], [4, 0]]); // prettier-ignore
    const [first] = await query({ query: [2, 0], using: 'dense', limit: 1 });
    expect(first).toEqual({ id: 1, version: expect.any(Number), score: 1 });
  });

  test('euclid: smallest first, and the threshold bounds from above', async () => {
    expect(await scores({ query: [0, 0], using: 'plane' })).toEqual([[1, 0], [2, 5], [3, 10]]); // prettier-ignore
    expect(await scores({ query: [0, 0], using: 'plane', score_threshold: 6 })).toEqual([[1, 0], [2, 5]]); // prettier-ignore
  });

  test('score_threshold is strict; limit and offset cut the list, and the first k of a longer list are the shorter', async () => {
    expect(await scores({ query: [1, 0], using: 'dense', score_threshold: 0.5 })).toEqual([[1, 1], [2, 0.8], [3, 0.6]]); // prettier-ignore
    expect(await scores({ query: [1, 0], using: 'dense', score_threshold: 1 })).toEqual([]);
    expect(await scores({ query: [1, 0], using: 'dense', limit: 2, offset: 1 })).toEqual([[2, 0.8], [3, 0.6]]); // prettier-ignore
  });

  test('a filter holds before the limit', async () => {
    const filter = { must: [{ key: 'lang', match: { value: 'en' } }], must_not: [{ has_id: [1] }] };
    expect(await scores({ query: [1, 0], using: 'dense', filter, limit: 1 })).toEqual([[3, 0.6]]);
  });

  test('payload and vectors as asked for', async () => {
    const [point] = await query({ query: [1, 0], using: 'dense', limit: 1, with_payload: ['doc'], with_vector: ['plane'] });
    expect(point).toMatchObject({ payload: { doc: 'x' }, vector: { plane: [0, 0] } });
    expect(point?.vector).not.toHaveProperty('dense');
  });

  test('sparse: the dot product, and only points that share a token', async () => {
    expect(await scores({ query: { indices: [1, 9], values: [0.5, 4] }, using: 'plain' })).toEqual([[2, 1.5], [1, 1]]); // prettier-ignore
  });

  test('sparse with IDF: ln((N − df + 0.5) / (df + 0.5) + 1) weighs the query', async () => {
    const idf = (df: number) => Math.log((3 - df + 0.5) / (df + 0.5) + 1);
    const found = await query({ query: { indices: [1, 2], values: [1, 1] }, using: 'lexical' });
    expect(found.map(({ id }) => id)).toEqual([1, 2]);
    expect(found[0]?.score).toBeCloseTo(idf(2) + idf(1), 5);
    expect(found[1]?.score).toBeCloseTo(2 * idf(2), 5);
  });

  const prefetch = [
    { query: [1, 0], using: 'dense', limit: 3 },
    { query: { indices: [3, 1], values: [1, 0.1] }, using: 'lexical', limit: 3 },
  ];

  test('RRF: 1 / (position + 2) of each list, added', async () => {
    // dense: 1, 2, 3; lexical: 3, 2, 1.
    const found = await scores({ prefetch, query: { fusion: 'rrf' } });
    expect(new Map(found.map(([id, score]) => [id, score]))).toEqual(new Map([[1, 0.75], [3, 0.75], [2, 0.6667]])); // prettier-ignore
    expect(found.at(-1)?.[0]).toBe(2);
  });

  test('the threshold of a fusion lets its own value through', async () => {
    expect((await scores({ prefetch, query: { fusion: 'rrf' }, score_threshold: 0.75 })).map(([id]) => id).toSorted()).toEqual([1, 3]);
  });

  test('hits that nothing ranks have a score of 1', async () => {
    expect(new Set((await query({ limit: 3 })).map(({ score }) => score))).toEqual(new Set([1]));
    expect(new Set((await query({ query: { sample: 'random' } })).map(({ score }) => score))).toEqual(new Set([1]));
  });

  test('RRF: k and weights', async () => {
    expect(await scores({ prefetch, query: { rrf: { k: 60 } } })).toEqual(
      expect.arrayContaining([
        [1, Number((1 / 60 + 1 / 62).toFixed(4))],
        [2, Number((2 / 61).toFixed(4))],
      ]),
    );
    const weighed = new Map((await query({ prefetch, query: { rrf: { weights: [3, 1] } } })).map(({ id, score }) => [id, score]));
    expect(weighed.get(1)).toBeCloseTo(1 / (1 / 3 + 1) + 1 / 4, 5);
    expect(weighed.get(2)).toBeCloseTo(1 / (2 / 3 + 1) + 1 / 3, 5);
    expect(weighed.get(3)).toBeCloseTo(1 / 2 + 1 / 2, 5);
    const wrong = await target.call('POST', `/collections/${name}/points/query`, { prefetch, query: { rrf: { weights: [1] } } });
    expect(wrong).toMatchObject({ status: 400, body: problem(expect.stringContaining('Number of weights in RRF should match')) });
  });

  test('DBSF: each list to (s − (μ − 3σ)) / 6σ with sample variance, then the sum; 0.5 where there is one score', async () => {
    const [one, two] = [prefetch[0], { query: { indices: [2], values: [1] }, using: 'lexical' }];
    const found = new Map((await query({ prefetch: [one, two], query: { fusion: 'dbsf' } })).map(({ id, score }) => [id, score]));
    const [mean, sigma] = [0.8, 0.2];
    const norm = (s: number) => (s - (mean - 3 * sigma)) / (6 * sigma);
    expect(found.get(1)).toBeCloseTo(norm(1) + 0.5, 4);
    expect(found.get(2)).toBeCloseTo(norm(0.8), 4);
    expect(found.get(3)).toBeCloseTo(norm(0.6), 4);
  });

  test('the filter of the whole query holds in its prefetches', async () => {
    const filter = { must: [{ key: 'lang', match: { value: 'de' } }] };
    expect((await query({ prefetch, query: { fusion: 'rrf' }, filter })).map(({ id }) => id)).toEqual([2]);
  });

  test('the filters of a query and of its prefetch are joined clause by clause: two should lists become one', async () => {
    const should = (value: string) => ({ should: [{ key: 'lang', match: { value } }] });
    const [dense] = prefetch;
    const found = await query({ prefetch: { ...dense, limit: 10, filter: should('en') }, query: { fusion: 'rrf' }, filter: should('de') });
    expect(found.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });

  test('a query over prefetches scores only what they found, and prefetches nest', async () => {
    expect(await scores({ prefetch: { query: [0, 1], using: 'dense', limit: 2 }, query: [1, 0], using: 'dense' })).toEqual([[3, 0.6], [4, 0]]); // prettier-ignore
    const nested = { prefetch: { query: [0, 1], using: 'dense', limit: 3 }, query: [1, 0], using: 'dense', limit: 2 };
    expect((await query({ prefetch: nested, query: [0, 1], using: 'dense' })).map(({ id }) => id)).toEqual([3, 2]);
  });

  test('by id: the point itself is not among its neighbours; 404 for an id that is not there', async () => {
    expect((await query({ query: 1, using: 'dense', limit: 2 })).map(({ id }) => id)).toEqual([2, 3]);
    expect((await target.call('POST', `/collections/${name}/points/query`, { query: 99, using: 'dense' })).status).toBe(404);
  });

  test('recommend, order_by, sample, no query', async () => {
    const recommend = { positive: [1], negative: [4] };
    expect((await query({ query: { recommend }, using: 'dense' })).map(({ id }) => id)).toEqual([2, 3]);
    const best = { ...recommend, strategy: 'best_score' };
    expect((await query({ query: { recommend: best }, using: 'dense' })).map(({ id }) => id)).toEqual([2, 3]);
    expect((await query({ query: { order_by: { key: 'n', direction: 'asc' } } })).map(({ id }) => id)).toEqual([3, 2, 1]);
    expect((await query({ query: { sample: 'random' }, limit: 3 })).length).toBe(3);
    expect((await query({ limit: 2 })).map(({ id }) => id)).toEqual([1, 2]);
  });

  test('groups: the best hits of the best groups, a point with two values in both', async () => {
    const { groups } = await target.client.queryGroups(name, { query: [0, 1], using: 'dense', group_by: 'doc', group_size: 2, limit: 5 });
    expect(groups.map(({ id, hits }) => [id, hits.map((hit) => hit.id)])).toEqual(
      expect.arrayContaining([['y', [4, 3]], ['z', [4]], ['x', [2, 1]]]), // prettier-ignore
    );
    expect(groups.length).toBe(3);
  });

  test('batch: one answer per query, in order', async () => {
    const answers = await target.client.queryBatch(name, {
      searches: [
        { query: [1, 0], using: 'dense', limit: 1 },
        { query: [0, 1], using: 'dense', limit: 1 },
      ],
    });
    expect(answers.map(({ points }) => points.map(({ id }) => id))).toEqual([[1], [4]]);
  });

  test.each([
    [
      'a vector of the wrong size',
      { query: [1, 0, 0], using: 'dense' },
      400,
      'Wrong input: Vector dimension error: expected dim: 2, got 3',
    ],
    ['an unknown vector name', { query: [1, 0], using: 'other' }, 400, 'Wrong input: Not existing vector name error: other'],
    ['no name where all are named', { query: [1, 0] }, 400, 'Wrong input: Not existing vector name error: '],
    ['limit 0', { query: [1, 0], using: 'dense', limit: 0 }, 422, expect.stringMatching(/^Validation error in JSON body: \[.*limit/)],
    ['fusion without prefetches', { query: { fusion: 'rrf' } }, 400, expect.any(String)],
    ['prefetches without a query', { prefetch }, 400, expect.stringContaining('A query is needed to merge the prefetches')],
    ['an unknown fusion', { prefetch, query: { fusion: 'sum' } }, 400, expect.any(String)],
  ])('%s is refused', async (_, body, status, error) => {
    const answer = await target.call('POST', `/collections/${name}/points/query`, body);
    expect(answer, JSON.stringify(answer)).toMatchObject({ status, body: problem(error) });
  });
});
