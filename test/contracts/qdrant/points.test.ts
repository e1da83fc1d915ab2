import { beforeAll, describe, expect, test } from 'vitest';
import { problem, qdrantTarget } from './target.ts';

const target = qdrantTarget();
const UUID = '5c56c793-69f3-4fbf-87e6-c4bf54c28c26';

// Source: Qdrant 1.19, "Concepts: Points" and "Concepts: Payload".
describe('qdrant: points', () => {
  let name = '';
  beforeAll(async () => {
    name = target.fresh();
    await target.client.createCollection(name, {
      vectors: { dense: { size: 4, distance: 'Cosine' } },
      sparse_vectors: { lexical: {} },
    });
    await target.client.createPayloadIndex(name, { field_name: 'kind', field_schema: 'keyword', wait: true });
  });
  const retrieve = async (ids: (string | number)[]) => target.client.retrieve(name, { ids, with_payload: true, with_vector: true });

  test('upsert: ids are unsigned integers or UUIDs, cosine vectors come back normalised, floats are 32-bit', async () => {
    const result = await target.client.upsert(name, {
      wait: true,
      points: [
        { id: 1, vector: { dense: [3, 0, 4, 0], lexical: { indices: [7, 3], values: [0.5, 0.15] } }, payload: { kind: 'chunk', n: 1 } },
        { id: UUID.toUpperCase(), vector: {}, payload: { kind: 'document' } },
      ],
    });
    expect(result).toEqual({ operation_id: expect.any(Number), status: 'completed' });
    const [point, document] = await retrieve([1, UUID]);
    expect(point).toMatchObject({ id: 1, payload: { kind: 'chunk', n: 1 }, vector: { dense: [0.6, 0, 0.8, 0] } });
    expect(point?.vector).toMatchObject({ lexical: { indices: [3, 7], values: [0.15, 0.5] } });
    expect(document).toEqual({ id: UUID, payload: { kind: 'document' }, vector: {} });
  });

  test('upsert: the same id again replaces payload and vectors whole', async () => {
    const point = { id: 2, vector: { dense: [1, 0, 0, 0], lexical: { indices: [1], values: [1] } }, payload: { kind: 'chunk', a: 1 } };
    await target.client.upsert(name, { wait: true, points: [point] });
    await target.client.upsert(name, { wait: true, points: [{ id: 2, vector: { dense: [0, 1, 0, 0] }, payload: { b: 2 } }] });
    expect(await retrieve([2])).toEqual([{ id: 2, payload: { b: 2 }, vector: { dense: [0, 1, 0, 0] } }]);
  });

  test('upsert: the column form means the same', async () => {
    await target.client.upsert(name, {
      wait: true,
      batch: { ids: [3, 4], vectors: { dense: [[1, 0, 0, 0], [0, 0, 1, 0]] }, payloads: [{ kind: 'x' }, null] }, // prettier-ignore
    });
    expect((await retrieve([3, 4])).map(({ id, payload }) => ({ id, payload }))).toEqual([
      { id: 3, payload: { kind: 'x' } },
      { id: 4, payload: {} },
    ]);
  });

  test('without wait a write is acknowledged, and an error is still reported', async () => {
    const point = { id: 5, vector: { dense: [1, 0, 0, 0] } };
    expect(await target.call('PUT', `/collections/${name}/points`, { points: [point] })).toMatchObject({
      status: 200,
      body: { result: { status: 'acknowledged' }, status: 'ok' },
    });
    expect(await target.call('PUT', `/collections/${name}/points`, { points: [{ id: 6, vector: { dense: [1, 0, 0] } }] })).toMatchObject({
      status: 400,
      body: problem('Wrong input: Vector dimension error: expected dim: 4, got 3'),
    });
  });

  test('one bad point refuses the whole request', async () => {
    const points = [
      { id: 70, vector: { dense: [1, 0, 0, 0] } },
      { id: 71, vector: { dense: [1, 0] } },
    ];
    expect((await target.call('PUT', `/collections/${name}/points?wait=true`, { points })).status).toBe(400);
    expect(await retrieve([70])).toEqual([]);
  });

  test('payload: set merges, overwrite replaces, delete removes keys, clear empties', async () => {
    const payload = async () => (await retrieve([8]))[0]?.payload;
    await target.client.upsert(name, { wait: true, points: [{ id: 8, vector: {}, payload: { a: { x: 1 }, b: 2 } }] });
    await target.client.setPayload(name, { wait: true, points: [8], payload: { b: 3, c: 4 } });
    expect(await payload()).toEqual({ a: { x: 1 }, b: 3, c: 4 });
    await target.client.setPayload(name, { wait: true, points: [8], payload: { y: 5 }, key: 'a' });
    expect(await payload()).toEqual({ a: { x: 1, y: 5 }, b: 3, c: 4 });
    await target.client.deletePayload(name, { wait: true, points: [8], keys: ['a.x', 'c'] });
    expect(await payload()).toEqual({ a: { y: 5 }, b: 3 });
    await target.client.overwritePayload(name, { wait: true, points: [8], payload: { only: true } });
    expect(await payload()).toEqual({ only: true });
    await target.client.clearPayload(name, { wait: true, points: [8] });
    expect(await payload()).toEqual({});
  });

  test('vectors: update replaces the named ones, delete removes them, the rest stays', async () => {
    const vector = async () => (await retrieve([9]))[0]?.vector;
    const lexical = { indices: [1], values: [1] };
    await target.client.upsert(name, { wait: true, points: [{ id: 9, vector: { dense: [1, 0, 0, 0], lexical } }] });
    await target.client.updateVectors(name, { wait: true, points: [{ id: 9, vector: { dense: [0, 0, 0, 1] } }] });
    expect(await vector()).toEqual({ dense: [0, 0, 0, 1], lexical });
    await target.client.deleteVectors(name, { wait: true, points: [9], vector: ['dense'] });
    expect(await vector()).toEqual({ lexical });
    expect(
      await target.call('PUT', `/collections/${name}/points/vectors?wait=true`, { points: [{ id: 404, vector: { dense: [1, 0, 0, 0] } }] }),
    ).toMatchObject({
      status: 404,
      body: problem('Not found: No point with id 404 found'),
    });
  });

  test('delete: by ids and by filter; a second time changes nothing', async () => {
    const points = [10, 11, 12].map((id) => ({ id, vector: {}, payload: { kind: id === 12 ? 'keep' : 'drop' } }));
    await target.client.upsert(name, { wait: true, points });
    await target.client.delete(name, { wait: true, points: [10] });
    await target.client.delete(name, { wait: true, points: [10] });
    expect((await retrieve([10, 11, 12])).map(({ id }) => id)).toEqual([11, 12]);
    await target.client.delete(name, { wait: true, filter: { must: [{ key: 'kind', match: { value: 'drop' } }] } });
    expect((await retrieve([10, 11, 12])).map(({ id }) => id)).toEqual([12]);
  });

  test('batch: operations happen in order, each with its own result', async () => {
    const results = await target.client.batchUpdate(name, {
      wait: true,
      operations: [
        { upsert: { points: [{ id: 20, vector: { dense: [1, 0, 0, 0] }, payload: { a: 1 } }] } },
        { set_payload: { points: [20], payload: { b: 2 } } },
        { delete_payload: { points: [20], keys: ['a'] } },
        { update_vectors: { points: [{ id: 20, vector: { dense: [0, 1, 0, 0] } }] } },
      ],
    });
    expect(results.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed', 'completed']);
    expect(await retrieve([20])).toEqual([{ id: 20, payload: { b: 2 }, vector: { dense: [0, 1, 0, 0] } }]);
  });

  test('one point: by id, 404 when it is not there, 400 when the id is none', async () => {
    expect(await target.call('GET', `/collections/${name}/points/1`)).toMatchObject({
      status: 200,
      body: { result: { id: 1, payload: { n: 1 } } },
    });
    expect((await target.call('GET', `/collections/${name}/points/999`)).status).toBe(404);
    expect((await target.call('GET', `/collections/${name}/points/one`)).status).toBe(400);
  });

  test.each([
    ['an id that is no UUID', { points: [{ id: 'one', vector: {} }] }, 400],
    ['a negative id', { points: [{ id: -1, vector: {} }] }, 400],
    ['an unknown vector name', { points: [{ id: 1, vector: { other: [1] } }] }, 400],
    ['an unnamed vector where all are named', { points: [{ id: 1, vector: [1, 0, 0, 0] }] }, 400],
    ['sparse lists of unequal length', { points: [{ id: 1, vector: { lexical: { indices: [1, 2], values: [1] } } }] }, 422],
    ['a repeated sparse index', { points: [{ id: 1, vector: { lexical: { indices: [1, 1], values: [1, 2] } } }] }, 422],
    ['no points', {}, 400],
    ['broken JSON', '{"points": [', 400],
  ])('upsert: %s is refused', async (_, body, status) => {
    const answer = await target.call('PUT', `/collections/${name}/points?wait=true`, body);
    expect(answer, JSON.stringify(answer)).toMatchObject({ status, body: problem(expect.any(String)) });
  });

  test('a body over 32 MB is refused with 400, which names the limit', async () => {
    const body = JSON.stringify({ points: [{ id: 1, vector: {}, payload: { text: 'x'.repeat(33_554_432) } }] });
    expect(await target.call('PUT', `/collections/${name}/points`, body)).toMatchObject({
      status: 400,
      body: problem(expect.stringContaining('is larger than allowed (limit: 33554432 bytes)')),
    });
  });
});
