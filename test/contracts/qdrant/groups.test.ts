import { beforeAll, describe, expect, test } from 'vitest';
import { qdrantTarget } from './target.ts';

const target = qdrantTarget();

// Source: Qdrant 1.19, "Concepts: Search" (grouping); lib/shard/src/grouping: each prefetch's limit counts group_size times.
describe('qdrant: groups over prefetches', () => {
  let name = '';
  beforeAll(async () => {
    name = target.fresh();
    await target.client.createCollection(name, { vectors: { size: 1, distance: 'Dot' } });
    await target.client.createPayloadIndex(name, { field_name: 'doc', field_schema: 'keyword', wait: true });
    // The nearest six have no document; then a, b, c in turn, four each.
    const points = Array.from({ length: 18 }, (_, i) => ({ id: i + 1, vector: [100 - i], payload: i < 6 ? {} : { doc: 'abc'[i % 3] } }));
    await target.client.upsert(name, { wait: true, points });
  });
  const groups = async (body: object) => {
    const found = (await target.client.queryGroups(name, { group_by: 'doc', ...body })).groups;
    return found.map(({ id, hits }) => [id, hits.map((hit) => hit.id)]);
  };

  test('a prefetch brings enough for every group, and points without the key take no place in it', async () => {
    expect(await groups({ prefetch: [{ query: [1], limit: 3 }], query: { fusion: 'rrf' }, group_size: 3, limit: 3 })).toEqual([
      ['a', [7, 10, 13]],
      ['b', [8, 11, 14]],
      ['c', [9, 12, 15]],
    ]);
  });

  test('the score of a hit is its rank among all that the widened prefetch found', async () => {
    const body = { prefetch: [{ query: [1], limit: 3 }], query: { fusion: 'rrf' as const }, group_by: 'doc', group_size: 3, limit: 3 };
    const { groups: found } = await target.client.queryGroups(name, body);
    expect(found[0]?.hits.map(({ score }) => Number(score.toFixed(4)))).toEqual([1 / 2, 1 / 5, 1 / 8].map((x) => Number(x.toFixed(4))));
  });

  test('groups that are full make room for others, and the best are filled from beyond the first candidates', async () => {
    expect(await groups({ query: [1], group_size: 4, limit: 2 })).toEqual([
      ['a', [7, 10, 13, 16]],
      ['b', [8, 11, 14, 17]],
    ]);
    expect(await groups({ query: [1], group_size: 1, limit: 10 })).toEqual([['a', [7]], ['b', [8]], ['c', [9]]]); // prettier-ignore
  });

  test('without a limit there are ten groups of three', async () => {
    const found = (await target.client.queryGroups(name, { query: [1], group_by: 'doc' })).groups;
    expect(found.map(({ hits }) => hits.length)).toEqual([3, 3, 3]);
  });
});
