import { beforeAll, describe, expect, test } from 'vitest';
import { problem, qdrantTarget } from './target.ts';

const target = qdrantTarget();

// Source: Qdrant 1.19, "Concepts: Filtering" and "Concepts: Indexing"; strict mode: "Guides: Administration".
describe('qdrant: filters', () => {
  let name = '';
  beforeAll(async () => {
    name = target.fresh();
    await target.client.createCollection(name, {
      vectors: { dense: { size: 2, distance: 'Dot' } },
      strict_mode_config: { enabled: false },
    });
    await target.client.createPayloadIndex(name, { field_name: 'body', field_schema: { type: 'text', phrase_matching: true }, wait: true });
    await target.client.createPayloadIndex(name, { field_name: 'tag', field_schema: 'keyword', wait: true });
    await target.client.upsert(name, {
      wait: true,
      points: [
        {
          id: 1,
          vector: { dense: [1, 0] },
          payload: { tag: 'a', n: 1, at: '2024-01-01T00:00:00Z', body: 'The quick brown fox', ok: true },
        },
        { id: 2, vector: {}, payload: { tag: ['a', 'b'], n: [2, 8], at: '2024-06-01T12:00:00+02:00', body: 'quick and slow', none: null } },
        {
          id: 3,
          vector: {},
          payload: {
            tag: 'c',
            n: 3.5,
            empty: [],
            items: [
              { k: 'x', v: 1 },
              { k: 'y', v: 2 },
            ],
          },
        },
        { id: 4, vector: {}, payload: { items: [{ k: 'x', v: 2 }], deep: { list: [{ name: 'z' }] }, here: { lon: 13.4, lat: 52.5 } } },
      ],
    });
  });
  const ids = async (filter: object) => (await target.client.scroll(name, { filter, with_payload: false })).points.map(({ id }) => id);

  test.each([
    ['match value', { key: 'tag', match: { value: 'a' } }, [1, 2]],
    ['match boolean', { key: 'ok', match: { value: true } }, [1]],
    ['match integer', { key: 'n', match: { value: 8 } }, [2]],
    ['match any', { key: 'tag', match: { any: ['b', 'c'] } }, [2, 3]],
    ['match any of nothing', { key: 'tag', match: { any: [] } }, []],
    ['match except', { key: 'tag', match: { except: ['a'] } }, [2, 3]],
    ['match text: all words, in any order and case', { key: 'body', match: { text: 'FOX quick' } }, [1]],
    ['match text_any: one of the words', { key: 'body', match: { text_any: 'fox slow' } }, [1, 2]],
    ['match phrase: in that order', { key: 'body', match: { phrase: 'quick brown' } }, [1]],
    ['range of numbers, one value of several is enough', { key: 'n', range: { gt: 3, lte: 8 } }, [2, 3]],
    ['range of dates with time zones', { key: 'at', range: { gte: '2024-06-01T10:00:00Z', lt: '2024-06-01T10:00:01Z' } }, [2]],
    ['values_count', { key: 'tag', values_count: { gte: 2 } }, [2]],
    ['values_count: what is missing has none', { key: 'tag', values_count: { lt: 1 } }, [4]],
    ['is_empty: a key that every object inherits in JavaScript', { is_empty: { key: 'constructor' } }, [1, 2, 3, 4]],
    ['values_count: such a key has none', { key: 'toString', values_count: { gte: 1 } }, []],
    ['is_empty: missing, null and []', { is_empty: { key: 'empty' } }, [1, 2, 3, 4]],
    ['is_null: null only', { is_null: { key: 'none' } }, [2]],
    ['has_id', { has_id: [1, 99] }, [1]],
    ['has_vector', { has_vector: 'dense' }, [1]],
    ['a path through arrays', { key: 'items[].v', match: { value: 2 } }, [3, 4]],
    ['a path through objects', { key: 'deep.list[].name', match: { value: 'z' } }, [4]],
    ['geo radius in metres', { key: 'here', geo_radius: { center: { lon: 13.4, lat: 52.51 }, radius: 2_000 } }, [4]],
    ['geo box', { key: 'here', geo_bounding_box: { top_left: { lon: 13, lat: 53 }, bottom_right: { lon: 14, lat: 52 } } }, [4]],
    [
      'nested: both conditions on the same element',
      { nested: { key: 'items', filter: { must: [{ key: 'k', match: { value: 'x' } }, { key: 'v', match: { value: 2 } }] } } }, // prettier-ignore
      [4],
    ],
  ])('%s', async (_, condition, expected) => {
    expect(await ids({ must: [condition] })).toEqual(expected);
  });

  test('must, should, must_not and min_should, and filters within filters', async () => {
    const tag = (value: string) => ({ key: 'tag', match: { value } });
    expect(await ids({ should: [tag('b'), tag('c')] })).toEqual([2, 3]);
    expect(await ids({ must: [tag('a')], must_not: [tag('b')] })).toEqual([1]);
    expect(await ids({ min_should: { conditions: [tag('a'), tag('b'), tag('c')], min_count: 2 } })).toEqual([2]);
    expect(await ids({ must_not: [{ should: [tag('a'), { is_empty: { key: 'tag' } }] }] })).toEqual([3]);
    expect(await ids({ must: tag('c') })).toEqual([3]);
    expect(await ids({})).toEqual([1, 2, 3, 4]);
  });

  test.each([
    ['an unknown clause', { all: [] }],
    ['an unknown condition', { must: [{ tag: 'a' }] }],
    ['a match of nothing', { must: [{ key: 'tag', match: {} }] }],
    ['a fraction to match', { must: [{ key: 'n', match: { value: 3.5 } }] }],
    ['a broken path', { must: [{ key: 'a..b', match: { value: 1 } }] }],
  ])('%s is 400', async (_, filter) => {
    const answer = await target.call('POST', `/collections/${name}/points/scroll`, { filter });
    expect(answer, JSON.stringify(answer)).toMatchObject({
      status: 400,
      body: problem(expect.stringContaining('Format error in JSON body')),
    });
  });
});

describe('qdrant: strict mode', () => {
  const STRICT = { enabled: true, unindexed_filtering_retrieve: false, unindexed_filtering_update: false, max_query_limit: 50 };
  const filter = { must: [{ key: 'tag', match: { value: 'a' } }] };

  test('a filter on a key without an index is 400, on reads and on writes, until it has one', async () => {
    const name = target.fresh();
    await target.client.createCollection(name, { vectors: {}, strict_mode_config: STRICT });
    const error =
      'Bad request: Index required but not found for "tag" of one of the following types: [keyword]. ' +
      'Help: Create an index for this key or use a different filter.';
    for (const path of ['scroll', 'count', 'query', 'delete?wait=true'])
      expect(await target.call('POST', `/collections/${name}/points/${path}`, { filter })).toMatchObject({
        status: 400,
        body: problem(error),
      });
    await target.client.createPayloadIndex(name, { field_name: 'tag', field_schema: 'integer', wait: true });
    expect((await target.call('POST', `/collections/${name}/points/scroll`, { filter })).status).toBe(400);
    await target.client.createPayloadIndex(name, { field_name: 'tag', field_schema: 'keyword', wait: true });
    for (const path of ['scroll', 'count', 'query', 'delete?wait=true'])
      expect((await target.call('POST', `/collections/${name}/points/${path}`, { filter })).status).toBe(200);
  });

  test('limits: 400 that names the limit', async () => {
    const name = target.fresh();
    await target.client.createCollection(name, { vectors: {}, strict_mode_config: STRICT });
    expect(await target.call('POST', `/collections/${name}/points/query`, { limit: 51 })).toMatchObject({
      status: 400,
      body: problem('Bad request: Limit exceeded 51 > 50 for "limit". Help: Reduce the "limit" parameter to or below 50.'),
    });
    await target.client.updateCollection(name, { strict_mode_config: { max_query_limit: 100 } });
    expect((await target.call('POST', `/collections/${name}/points/query`, { limit: 51 })).status).toBe(200);
  });
});
