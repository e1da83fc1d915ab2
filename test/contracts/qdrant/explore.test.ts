import { describe, expect, test } from 'vitest';
import { sliceHash } from '../../../local/qdrant/filter/slice.ts';
import { problem, qdrantTarget } from './target.ts';

const target = qdrantTarget();
const uuid = (n: number) => `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`;

async function filled(points: { id: number | string; vector: number[]; payload?: object }[]): Promise<string> {
  const name = target.fresh();
  await target.call('PUT', `/collections/${name}`, { vectors: { size: 2, distance: 'Dot' } });
  await target.call('PUT', `/collections/${name}/points?wait=true`, { points });
  return name;
}

// Source: Qdrant, "Filtering": slice; tests/openapi/test_filter_slice.py; lib/segment/src/types.rs.
describe('slice', () => {
  test('the hash is the one that is part of the API', () => {
    expect([sliceHash(0), sliceHash(42), sliceHash('550e8400-e29b-41d4-a716-446655440000')]).toEqual([
      0xe849e8bb6ffe2567n,
      0x0fc2553f07619dd3n,
      0xf5d0ca21ba34d504n,
    ]);
  });

  test('slices are disjoint, cover everything, and must_not is the rest', async () => {
    const name = await filled(Array.from({ length: 32 }, (_, n) => ({ id: n < 16 ? n : uuid(n), vector: [1, 2] })));
    const scroll = async (filter: object) => {
      const { body } = await target.call('POST', `/collections/${name}/points/scroll`, { filter, limit: 100 });
      return (body as { result: { points: { id: unknown }[] } }).result.points.map(({ id }) => id);
    };
    const slices = await Promise.all([0, 1, 2, 3].map((index) => scroll({ must: [{ slice: { total: 4, index } }] })));
    expect(slices.flat()).toHaveLength(32);
    expect(new Set(slices.flat()).size).toBe(32);
    expect(await scroll({ must_not: [{ slice: { total: 4, index: 0 } }] })).toHaveLength(32 - slices[0]!.length);
  });

  test.each([
    [{ total: 4, index: 4 }, 422],
    [{ total: 0, index: 0 }, 400],
    [{ total: 1.5, index: 0 }, 400],
  ])('%j is %i', async (slice, status) => {
    const name = await filled([]);
    expect((await target.call('POST', `/collections/${name}/points/scroll`, { filter: { must: [{ slice }] } })).status).toBe(status);
  });
});

// Source: Qdrant, "Explore": distance matrix; lib/collection/src/collection/distance_matrix.rs.
describe('distance matrix', () => {
  const corners = [
    { id: 1, vector: [1, 0], payload: { side: 'x' } },
    { id: 2, vector: [2, 0], payload: { side: 'x' } },
    { id: 3, vector: [0, 1], payload: { side: 'y' } },
  ];
  const matrix = async (name: string, shape: 'pairs' | 'offsets', body: object) =>
    target.call('POST', `/collections/${name}/points/search/matrix/${shape}`, body);

  test('pairs: each sampled point with its nearest others, never with itself', async () => {
    const name = await filled(corners);
    expect((await matrix(name, 'pairs', { sample: 10, limit: 1 })).body).toMatchObject({
      result: {
        pairs: [
          { a: 1, b: 2, score: 2 },
          { a: 2, b: 1, score: 2 },
          { a: 3, score: 0 },
        ],
      },
    });
  });

  test('offsets: the same as rows and columns of the sample, in the order of ids', async () => {
    const name = await filled(corners.slice(0, 2));
    expect((await matrix(name, 'offsets', {})).body).toMatchObject({
      result: { ids: [1, 2], offsets_row: [0, 1], offsets_col: [1, 0], scores: [2, 2] },
    });
  });

  test('fewer than two points make none', async () => {
    const name = await filled(corners.slice(0, 1));
    expect((await matrix(name, 'pairs', {})).body).toMatchObject({ result: { pairs: [] } });
  });

  test('a vector that is not there is 400, a sample of one 422', async () => {
    const name = await filled(corners);
    expect(await matrix(name, 'pairs', { using: 'nosuch' })).toMatchObject({
      status: 400,
      body: problem(expect.stringContaining('nosuch')),
    });
    expect((await matrix(name, 'pairs', { sample: 1 })).status).toBe(422);
  });
});

// Source: tests/openapi/test_basic_retrieve_multivec_api.py, test_multicollection_reco.py.
describe('vectors that are not there', () => {
  test('asked for by name with a point: 400 with the name', async () => {
    const name = await filled([{ id: 1, vector: [1, 0] }]);
    const answer = await target.call('POST', `/collections/${name}/points`, { ids: [1], with_vector: ['nosuch'] });
    expect(answer).toMatchObject({ status: 400, body: problem('Wrong input: Not existing vector name error: nosuch') });
  });

  test('looked up in another collection: 400 for the name, 404 for the point', async () => {
    const [name, other] = [await filled([{ id: 1, vector: [1, 0] }]), await filled([{ id: 2, vector: [1, 0] }])];
    const lookUp = async (id: number) => {
      const body = { query: { recommend: { positive: [id] } }, lookup_from: { collection: other, vector: 'nosuch' } };
      return target.call('POST', `/collections/${name}/points/query`, body);
    };
    expect(await lookUp(2)).toMatchObject({ status: 400, body: problem('Wrong input: Not existing vector name error: nosuch') });
    expect((await lookUp(1)).status).toBe(404);
  });
});

// Only the stand-in has these answers.
describe('what a real Qdrant has and the stand-in does not', () => {
  test.runIf(!target.isReal).each([
    ['a formula', 'POST', '/points/query', { query: { formula: { sum: ['$score', 1] } } }],
    ['shards', 'PUT', '/shards', { shard_key: 'a' }],
    ['a shard’s snapshot', 'POST', '/shards/0/snapshots', {}],
    ['a cluster', 'POST', '/cluster', {}],
  ])('%s: 501, and says that it is the stand-in that cannot', async (_, method, path, body) => {
    const name = await filled([]);
    expect(await target.call(method, `/collections/${name}${path}`, body)).toMatchObject({
      status: 501,
      body: problem(expect.stringMatching(/^Not in the stand-in: .* set QDRANT_URL/)),
    });
  });
});
