import { beforeAll, describe, expect, test } from 'vitest';
import { problem, qdrantTarget } from './target.ts';

const target = qdrantTarget();

// Source: Qdrant 1.19, src/actix/api/{search,recommend,discover}_api.rs: what clients from before `/points/query` call.
describe('qdrant: the search, recommend and discover endpoints', () => {
  let name = '';
  beforeAll(async () => {
    name = target.fresh();
    await target.client.createCollection(name, {
      vectors: { dense: { size: 2, distance: 'Cosine' } },
      sparse_vectors: { lexical: {} },
    });
    await target.client.createPayloadIndex(name, { field_name: 'doc', field_schema: 'keyword', wait: true });
    const at = (degrees: number) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    await target.client.upsert(name, {
      wait: true,
      points: [0, 20, 40, 60, 80].map((degrees, i) => ({
        id: i + 1,
        vector: { dense: at(degrees), lexical: { indices: [i], values: [1] } },
        payload: { doc: i % 2 === 0 ? 'even' : 'odd' },
      })),
    });
  });
  const post = async (path: string, body: object) => target.call('POST', `/collections/${name}/points/${path}`, body);
  const ids = (answer: { body: unknown }) => (answer.body as { result: { id: number }[] }).result.map(({ id }) => id);
  const vector = { name: 'dense', vector: [1, 0] };

  test('search: the hits themselves, as a query for the same would find them', async () => {
    const answer = await post('search', { vector, limit: 2, with_payload: true });
    expect(answer).toMatchObject({ status: 200, body: { result: [{ id: 1, score: 1, payload: { doc: 'even' } }, { id: 2 }] } });
    const sparse = await post('search', { vector: { name: 'lexical', vector: { indices: [3], values: [2] } }, limit: 5 });
    expect(sparse.body).toMatchObject({ result: [{ id: 4, score: 2 }] });
    const filter = { must: [{ key: 'doc', match: { value: 'odd' } }] };
    expect(ids(await post('search', { vector, limit: 3, offset: 1, filter }))).toEqual([4]);
    expect(ids(await post('search', { vector, limit: 3, score_threshold: 0.9 }))).toEqual([1, 2]);
  });

  test('search/batch and search/groups', async () => {
    const { body } = await post('search/batch', { searches: [{ vector, limit: 1 }, { vector: { ...vector, vector: [0, 1] }, limit: 1 }] }); // prettier-ignore
    expect(body).toMatchObject({ result: [[{ id: 1 }], [{ id: 5 }]] });
    const grouped = await post('search/groups', { vector, group_by: 'doc', group_size: 2, limit: 2 });
    const { result } = grouped.body as { result: { groups: { id: string; hits: { id: number }[] }[] } };
    expect(result.groups.map(({ id, hits }) => [id, hits.map((hit) => hit.id)])).toEqual([['even', [1, 3]], ['odd', [2, 4]]]); // prettier-ignore
  });

  test('recommend: by the average and by the best score, the examples left out', async () => {
    expect(ids(await post('recommend', { positive: [1, 3], using: 'dense', limit: 2 }))).toEqual([2, 4]);
    expect(ids(await post('recommend', { positive: [1], negative: [5], strategy: 'best_score', using: 'dense', limit: 1 }))).toEqual([2]);
    const { body } = await post('recommend/batch', { searches: [{ positive: [5], using: 'dense', limit: 1 }] });
    expect(body).toMatchObject({ result: [[{ id: 4 }]] });
    const grouped = await post('recommend/groups', { positive: [1], using: 'dense', group_by: 'doc', group_size: 1, limit: 5 });
    expect(grouped.body).toMatchObject({
      result: {
        groups: [
          { id: 'odd', hits: [{ id: 2 }] },
          { id: 'even', hits: [{ id: 3 }] },
        ],
      },
    });
  });

  test('discover: by target, by context, in a batch', async () => {
    const context = [{ positive: 1, negative: 5 }];
    expect(ids(await post('discover', { target: [1, 0], context, using: 'dense', limit: 2 }))).toEqual([2, 3]);
    expect((await post('discover', { context, using: 'dense', limit: 1 })).body).toMatchObject({ result: [{ score: 0 }] });
    const { body } = await post('discover/batch', { searches: [{ target: 2, using: 'dense', limit: 1 }] });
    expect(body).toMatchObject({ result: [[{ id: expect.any(Number) }]] });
  });

  test.each([
    ['search', { vector }, 400, expect.stringContaining('missing field `limit`')],
    ['search', { vector, limit: 0 }, 422, expect.stringContaining('limit: value 0 invalid')],
    ['search', { vector: { name: 'none', vector: [1, 0] }, limit: 1 }, 400, 'Wrong input: Not existing vector name error: none'],
    ['recommend', { negative: [1], limit: 1 }, 400, 'Bad request: At least one positive vector ID required with this strategy'],
    ['recommend', { positive: [77], using: 'dense', limit: 1 }, 404, 'Not found: No point with id 77 found'],
    ['discover', { limit: 1 }, 400, 'Bad request: target and/or context_pairs must be specified'],
  ])('%s with %j is %i', async (path, body, status, error) => {
    const answer = await post(path, body);
    expect(answer, JSON.stringify(answer)).toMatchObject({ status, body: problem(error) });
  });
});
