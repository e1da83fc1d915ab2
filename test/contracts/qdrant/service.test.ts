import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startQdrant } from '../../../local/qdrant/qdrant.ts';
import { problem, qdrantTarget } from './target.ts';

const target = qdrantTarget();

// Source: Qdrant 1.19, "Guides: Monitoring", "Concepts: Snapshots", docs/redoc (Service, Cluster).
describe('qdrant: service', () => {
  test('root and health checks', async () => {
    expect(await target.call('GET', '/')).toMatchObject({
      status: 200,
      body: { title: expect.stringContaining('qdrant'), version: expect.stringMatching(/^1\./) },
    });
    expect(await target.call('GET', '/healthz')).toMatchObject({ status: 200, body: 'healthz check passed' });
    expect(await target.call('GET', '/livez')).toMatchObject({ status: 200, body: 'healthz check passed' });
    expect(await target.call('GET', '/readyz')).toMatchObject({ status: 200, body: 'all shards are ready' });
  });

  test('metrics in Prometheus text format, telemetry, cluster', async () => {
    const metrics = await target.call('GET', '/metrics');
    expect(metrics).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') });
    expect(metrics.body).toContain('collections_total');
    expect((await target.call('GET', '/telemetry')).status).toBe(200);
    expect(await target.call('GET', '/cluster')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const name = target.fresh();
    await target.client.createCollection(name, { vectors: {} });
    expect(await target.call('GET', `/collections/${name}/cluster`)).toMatchObject({
      status: 200,
      body: { result: { shard_count: expect.any(Number) } },
    });
  });

  test('an unknown path is 404 with nothing in it', async () => {
    expect(await target.call('GET', '/nowhere')).toMatchObject({ status: 404, body: '' });
  });

  test('timeout 0 is 422', async () => {
    expect(await target.call('PUT', `/collections/${target.fresh()}?timeout=0`, { vectors: {} })).toMatchObject({
      status: 422,
      body: problem(expect.stringContaining('timeout: value 0 invalid')),
    });
  });

  test.each([
    ['timeout=abc', 'invalid digit found in string'],
    ['wait=maybe', 'provided string was not `true` or `false`'],
    ['ordering=loose', 'unknown variant `loose`, expected one of `weak`, `medium`, `strong`'],
  ])('?%s is 400: a query string whose values are not of their types', async (given, why) => {
    const answer = await target.call('PUT', `/collections/${target.fresh()}/points?${given}`, { points: [{ id: 1, vector: {} }] });
    expect(answer).toMatchObject({ status: 400, body: problem(`Deserialize error in query parameters: ${why}`) });
  });

  test('a snapshot restores points, payload indexes and configuration; it can be listed, downloaded and deleted', async () => {
    const [name, copy] = [target.fresh(), target.fresh()];
    await target.client.createCollection(name, {
      vectors: { dense: { size: 2, distance: 'Dot' } },
      sparse_vectors: { lexical: { modifier: 'idf' } },
      metadata: { generation: 1 },
    });
    await target.client.createPayloadIndex(name, { field_name: 'kind', field_schema: 'keyword', wait: true });
    const vector = { dense: [1, 2], lexical: { indices: [4], values: [0.5] } };
    await target.client.upsert(name, { wait: true, points: [{ id: 1, vector, payload: { kind: 'a' } }] });
    const made = await target.client.createSnapshot(name);
    expect(made).toMatchObject({
      name: expect.stringMatching(/\.snapshot$/),
      size: expect.any(Number),
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await target.client.upsert(name, { wait: true, points: [{ id: 2, vector: {} }] });
    expect((await target.client.listSnapshots(name)).map((one) => one.name)).toEqual([made?.name]);

    const location = `${target.url}/collections/${name}/snapshots/${made?.name}`;
    for (const goal of [name, copy]) {
      await target.client.recoverSnapshot(goal, { location });
      expect(await target.client.count(goal)).toEqual({ count: 1 });
      expect(await target.client.retrieve(goal, { ids: [1], with_vector: true })).toEqual([{ id: 1, payload: { kind: 'a' }, vector }]);
      expect(await target.client.getCollection(goal)).toMatchObject({
        config: { metadata: { generation: 1 } },
        payload_schema: { kind: { data_type: 'keyword' } },
      });
      expect((await target.client.query(goal, { query: { indices: [4], values: [1] }, using: 'lexical' })).points.length).toBe(1);
    }
    await target.client.deleteSnapshot(name, made?.name ?? '');
    expect(await target.client.listSnapshots(name)).toEqual([]);
    expect((await target.call('GET', `/collections/${name}/snapshots/${made?.name}`)).status).toBe(404);
  });
});

// What a real server does when it is set up or broken so: run on the stand-in only, because a test cannot do that to a server of yours.
describe('qdrant: keys and failures, on the stand-in', () => {
  let server: Awaited<ReturnType<typeof startQdrant>>;
  const draws: number[] = [];
  beforeAll(async () => {
    server = await startQdrant({ dataDir: null, apiKey: 'secret', random: () => draws.shift() ?? 0 });
  });
  afterAll(() => server.close());
  const get = async (path: string, headers: Record<string, string> = { 'api-key': 'secret' }) => fetch(server.url + path, { headers });

  // Source: "Guides: Security"; src/actix/auth.rs.
  test('401: text/plain without a key or with a wrong one; health checks need none; a bearer token will do', async () => {
    const missing = await get('/collections', {});
    expect([missing.status, await missing.text()]).toEqual([401, 'Must provide an API key or an Authorization bearer token']);
    const wrong = await get('/collections', { 'api-key': 'guess' });
    expect([wrong.status, wrong.headers.get('content-type'), await wrong.text()]).toEqual([
      401,
      'text/plain; charset=utf-8',
      'Invalid API key or JWT',
    ]);
    expect((await get('/collections')).status).toBe(200);
    expect((await get('/collections', { authorization: 'Bearer secret' })).status).toBe(200);
    for (const path of ['/', '/healthz', '/livez', '/readyz']) expect((await get(path, {})).status).toBe(200);
    expect((await get('/metrics', {})).status).toBe(401);
  });

  // Source: src/actix/helpers.rs (status of each error), lib/collection/src/operations/types.rs (rate limit).
  test.each([
    ['error', 500, 'Service internal error: '],
    ['oom', 507, 'Insufficient storage: '],
    ['full', 429, 'Rate limiting exceeded: '],
  ] as const)('fault %s: Qdrant’s own status and words', async (mode, status, words) => {
    await server.faults.set({ mode });
    const answer = await get('/collections');
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject(problem(expect.stringContaining(words)));
    expect(answer.headers.get('retry-after')).toBe(mode === 'full' ? '1' : null);
    await server.faults.clear();
  });

  test('fault full: a write is told of the limit on writes, a read of the one on reads', async () => {
    await server.faults.set({ mode: 'full' });
    const told = async (method: string, path: string) =>
      (await fetch(`${server.url}/collections/x/${path}`, { method, headers: { 'api-key': 'secret' } })).text();
    expect(await told('PUT', 'points?wait=true')).toContain('Write rate limit exceeded');
    expect(await told('POST', 'points/delete')).toContain('Write rate limit exceeded');
    expect(await told('POST', 'points/query/batch')).toContain('Read rate limit exceeded');
    expect(await told('POST', 'points')).toContain('Read rate limit exceeded');
    await server.faults.clear();
  });

  test('faults on a route and for a share of calls', async () => {
    await server.faults.set({ mode: 'error', route: '~/points/query', share: 0.5 });
    draws.push(0.4, 0.6);
    const query = async () =>
      (await fetch(`${server.url}/collections/x/points/query`, { method: 'POST', headers: { 'api-key': 'secret' } })).status;
    expect([await query(), await query(), (await get('/collections')).status]).toEqual([500, 400, 200]);
    await server.faults.clear();
  });

  test('down refuses connections and up has the data still', async () => {
    // Each call on a connection of its own: a pooled one would report its end, not the refusal.
    const headers = { 'api-key': 'secret', 'content-type': 'application/json', connection: 'close' };
    await fetch(`${server.url}/collections/kept`, { method: 'PUT', headers, body: '{"vectors":{}}' });
    await server.faults.set({ mode: 'down' });
    const failure = async () => get('/collections', headers).catch((error: Error) => error.cause);
    await expect.poll(failure).toMatchObject({ code: 'ECONNREFUSED' });
    await server.faults.clear();
    expect(await (await get('/collections', headers)).json()).toMatchObject({ result: { collections: [{ name: 'kept' }] } });
  });

  test('a path that does not decode is the caller’s fault, not the server’s', async () => {
    expect((await get('/collections/%ff')).status).toBe(400);
  });

  test('cut: the answer ends in its middle', async () => {
    await server.faults.set({ mode: 'cut' });
    await expect((await get('/collections')).text()).rejects.toThrow('terminated');
    await server.faults.clear();
  });
});
