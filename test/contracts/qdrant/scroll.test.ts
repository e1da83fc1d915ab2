import { beforeAll, describe, expect, test } from 'vitest';
import { problem, qdrantTarget } from './target.ts';

const target = qdrantTarget();
const A = '00000000-0000-4000-8000-00000000000a';
const B = '00000000-0000-4000-8000-00000000000b';

// Source: Qdrant 1.19, "Concepts: Points" (scroll, count, order by), "Concepts: Payload" (facet counts), "Concepts: Indexing".
describe('qdrant: scroll, count, facet', () => {
  let name = '';
  beforeAll(async () => {
    name = target.fresh();
    await target.client.createCollection(name, { vectors: {} });
    for (const [field, schema] of [
      ['kind', 'keyword'],
      ['n', 'integer'],
      ['at', 'datetime'],
      ['flag', 'bool'],
    ] as const)
      await target.client.createPayloadIndex(name, { field_name: field, field_schema: schema, wait: true });
    await target.client.upsert(name, {
      wait: true,
      points: [
        { id: B, vector: {}, payload: { kind: 'a', n: 5, at: '2024-01-05T00:00:00Z' } },
        { id: 30, vector: {}, payload: { kind: 'b', n: 1, at: '2024-01-03', flag: true } },
        { id: 4, vector: {}, payload: { kind: ['a', 'c'], n: 3, text: 'long', nested: { x: 1, y: 2 } } },
        { id: A, vector: {}, payload: { kind: 'a', n: 2 } },
      ],
    });
  });

  test('scroll: in the order of ids, integers before UUIDs, page by page', async () => {
    const ids: unknown[] = [];
    let offset: string | number | undefined;
    do {
      const page = await target.client.scroll(name, { limit: 3, with_payload: false, ...(offset !== undefined && { offset }) });
      ids.push(page.points.map(({ id }) => id));
      const next = page.next_page_offset;
      offset = typeof next === 'string' || typeof next === 'number' ? next : undefined;
    } while (offset !== undefined);
    expect(ids).toEqual([[4, 30, A], [B]]);
  });

  test('scroll: payload by default, vectors not; selectors include or exclude keys', async () => {
    const one = async (options: object) =>
      (await target.client.scroll(name, { limit: 1, ...options })).points[0]; // prettier-ignore
    expect(await one({})).toEqual({ id: 4, payload: { kind: ['a', 'c'], n: 3, text: 'long', nested: { x: 1, y: 2 } } });
    expect((await one({ with_payload: ['n', 'nested.x'] }))?.payload).toEqual({ n: 3, nested: { x: 1 } });
    expect((await one({ with_payload: { exclude: ['text', 'kind', 'nested.x'] } }))?.payload).toEqual({ n: 3, nested: { y: 2 } });
    expect(await one({ with_payload: false, with_vector: true })).toEqual({ id: 4, vector: {} });
  });

  test('scroll: a filter limits it, and an empty page says that it is the last', async () => {
    const found = await target.client.scroll(name, { filter: { must: [{ key: 'kind', match: { value: 'a' } }] }, with_payload: false });
    expect(found).toEqual({ points: [{ id: 4 }, { id: A }, { id: B }], next_page_offset: null });
    const none = await target.client.scroll(name, { filter: { must: [{ key: 'kind', match: { value: 'zz' } }] } });
    expect(none).toEqual({ points: [], next_page_offset: null });
  });

  test('order_by: numbers and dates, both directions, from a value; points without it are left out', async () => {
    const order = async (order_by: string | { key: string; direction?: 'asc' | 'desc'; start_from?: number }) =>
      (await target.client.scroll(name, { order_by, with_payload: false })).points.map(({ id }) => id);
    expect(await order('n')).toEqual([30, A, 4, B]);
    expect(await order({ key: 'n', direction: 'desc', start_from: 3 })).toEqual([4, A, 30]);
    expect(await order('at')).toEqual([30, B]);
    const answer = await target.call('POST', `/collections/${name}/points/scroll`, { order_by: 'text' });
    expect(answer).toMatchObject({ status: 400, body: problem(expect.stringContaining('No range index for `order_by` key: `text`')) });
  });

  test('count: all, and of a filter', async () => {
    expect(await target.client.count(name)).toEqual({ count: 4 });
    expect(await target.client.count(name, { filter: { must_not: [{ key: 'kind', match: { any: ['b', 'c'] } }] } })).toEqual({ count: 2 });
  });

  test('facet: how many points have each value, most first; a key without an index is 400', async () => {
    expect(await target.client.facet(name, { key: 'kind', exact: true })).toEqual({
      hits: [
        { value: 'a', count: 3 },
        { value: 'b', count: 1 },
        { value: 'c', count: 1 },
      ],
    });
    const filter = { must: [{ key: 'n', range: { lt: 5 } }] };
    expect(await target.client.facet(name, { key: 'kind', filter, limit: 1, exact: true })).toEqual({ hits: [{ value: 'a', count: 2 }] });
    expect(await target.client.facet(name, { key: 'flag', exact: true })).toEqual({ hits: [{ value: true, count: 1 }] });
    const answer = await target.call('POST', `/collections/${name}/facet`, { key: 'text' });
    expect(answer).toMatchObject({ status: 400, body: problem(expect.stringContaining('No appropriate index for faceting: `text`')) });
  });

  test('indexes: shown with their type and the number of points, and removable', async () => {
    await target.client.createPayloadIndex(name, { field_name: 'text', field_schema: { type: 'text', tokenizer: 'word' }, wait: true });
    const { payload_schema: schema } = await target.client.getCollection(name);
    expect(schema).toMatchObject({
      kind: { data_type: 'keyword', points: 4 },
      n: { data_type: 'integer' },
      at: { data_type: 'datetime', points: 2 },
      text: { data_type: 'text', params: { type: 'text', tokenizer: 'word' }, points: 1 },
    });
    await target.client.deletePayloadIndex(name, 'text', { wait: true });
    expect((await target.client.getCollection(name)).payload_schema).not.toHaveProperty('text');
    expect((await target.call('PUT', `/collections/${name}/index`, { field_name: 'x', field_schema: 'number' })).status).toBe(400);
  });
});
