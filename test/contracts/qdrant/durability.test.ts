import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { openEngine } from '../../../local/qdrant/engine.ts';
import { startQdrant } from '../../../local/qdrant/qdrant.ts';
import { openCollectionFile } from '../../../local/qdrant/storage/file.ts';
import { nothingAcknowledged, prepare, spawnQdrant, violations, writeUntilKilled } from './kill.ts';

const directories: string[] = [];
const directory = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'qdrant-'));
  directories.push(path);
  return path;
};
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
});

describe('qdrant stand-in: durability', () => {
  test('SIGKILL in the middle of writes of every kind loses nothing that was acknowledged', async () => {
    const dataDir = directory();
    const done = nothingAcknowledged();
    const server = await spawnQdrant(dataDir);
    await prepare(server.url);
    await writeUntilKilled(server, done, 2, 2, 10);
    const again = await spawnQdrant(dataDir);
    expect(await violations(again.url, done)).toEqual([]);
    await again.kill();
    expect(done.refused).toEqual([]);
    for (const { size } of [done.inserted, done.deleted]) expect(size).toBeGreaterThan(0);
    for (const { writes } of [done.payload, done.alias, done.metadata]) expect(writes).toBeGreaterThan(1);
  });

  test('everything is there after a restart: points, vectors, indexes, aliases, metadata, deletions', async () => {
    const dataDir = directory();
    const call = async (url: string, method: string, path: string, body?: unknown) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
      return ((await response.json()) as { result: unknown }).result;
    };
    const first = await startQdrant({ dataDir });
    const c = '/collections/docs.v1';
    await call(first.url, 'PUT', c, {
      vectors: {
        dense: { size: 3, distance: 'Cosine' },
        many: { size: 2, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
      },
      sparse_vectors: { lexical: { modifier: 'idf' } },
      metadata: { a: 1 },
    });
    await call(first.url, 'PUT', `${c}/index`, { field_name: 'kind', field_schema: 'keyword' });
    const vector = { dense: [3, 0, 4], many: [[1, 2], [3, 4]], lexical: { indices: [9], values: [2] } }; // prettier-ignore
    const points = [1, 2, 3].map((id) => ({ id, vector, payload: { kind: id === 3 ? 'b' : 'a' } }));
    await call(first.url, 'PUT', `${c}/points`, { points });
    await call(first.url, 'POST', `${c}/points/delete`, { points: [2] });
    await call(first.url, 'POST', `${c}/points/payload`, { points: [3], payload: { late: true } });
    await call(first.url, 'PUT', '/collections/gone', { vectors: {} });
    await call(first.url, 'POST', '/collections/aliases', {
      actions: [{ create_alias: { alias_name: 'docs', collection_name: 'docs.v1' } }],
    });
    await call(first.url, 'DELETE', '/collections/gone');
    const asked = async (url: string) => [
      await call(url, 'GET', '/collections'),
      await call(url, 'GET', '/aliases'),
      await call(url, 'GET', '/collections/docs'),
      await call(url, 'POST', '/collections/docs/points/scroll', { with_vector: true }),
      await call(url, 'POST', '/collections/docs/points/query', { query: { indices: [9], values: [1] }, using: 'lexical' }),
      await call(url, 'POST', '/collections/docs/facet', { key: 'kind' }),
    ];
    const before = await asked(first.url);
    await first.close();
    const second = await startQdrant({ dataDir });
    expect(await asked(second.url)).toEqual(before);
    expect(before[3]).toMatchObject({
      points: [{ id: 1 }, { id: 3, payload: { kind: 'b', late: true }, vector: { dense: [0.6, 0, 0.8] } }],
    });
    await second.close();
  });

  /** A server with ten points and a snapshot of them. */
  const withSnapshot = async (dataDir: string) => {
    const server = await startQdrant({ dataDir });
    const headers = { 'content-type': 'application/json' };
    const put = async (path: string, body: unknown) => fetch(server.url + path, { method: 'PUT', headers, body: JSON.stringify(body) });
    await put('/collections/c', { vectors: { size: 2, distance: 'Dot' } });
    const points = Array.from({ length: 10 }, (_, id) => ({ id, vector: [id, 1], payload: { id } }));
    await put('/collections/c/points?wait=true', { points });
    const made = await fetch(`${server.url}/collections/c/snapshots`, { method: 'POST' });
    const { result } = (await made.json()) as { result: { name: string } };
    const count = async (url: string, name = 'c') => {
      const response = await fetch(`${url}/collections/${name}/points/count`, { method: 'POST', headers, body: '{}' });
      return ((await response.json()) as { result: { count: number } }).result.count;
    };
    return { server, put, count, snapshot: join(dataDir, 'snapshots', 'c', result.name) };
  };
  const upload = async (url: string, name: string, bytes: Buffer) => {
    const form = new FormData();
    form.append('snapshot', new File([new Uint8Array(bytes)], 'x.snapshot'));
    return (await fetch(`${url}/collections/${name}/snapshots/upload`, { method: 'POST', body: form })).status;
  };

  test('a snapshot that breaks off while it is restored leaves the collection as it was, at once and after a restart', async () => {
    const dataDir = directory();
    const { server, count, snapshot } = await withSnapshot(dataDir);
    const bad = join(directory(), 'bad.sqlite');
    writeFileSync(bad, readFileSync(snapshot));
    const db = new DatabaseSync(bad);
    db.exec("UPDATE points SET payload = '{broken' WHERE slot = 7");
    db.close();
    const files = () => readdirSync(join(dataDir, 'collections')).filter((name) => name.endsWith('.sqlite')).length;
    expect(await upload(server.url, 'c', readFileSync(bad))).toBe(500);
    expect(await upload(server.url, 'new', readFileSync(bad))).toBe(500);
    expect(await count(server.url)).toBe(10);
    expect(files()).toBe(1);
    await server.close();
    const again = await startQdrant({ dataDir });
    expect(await count(again.url)).toBe(10);
    expect((await fetch(`${again.url}/collections/new`)).status).toBe(404);
    expect(await upload(again.url, 'c', readFileSync(snapshot))).toBe(200);
    expect(await count(again.url)).toBe(10);
    expect(files()).toBe(1);
    await again.close();
  });

  test('a process that dies in the middle of a restore has the old collection when it starts again', async () => {
    const [dataDir, atDeath] = [directory(), directory()];
    const { server, snapshot } = await withSnapshot(dataDir);
    await server.close();
    const open = (dir: string) => openEngine({ dataDir: dir, snapshotDir: join(dir, 'snapshots'), strictMode: null });
    const engine = open(dataDir);
    const file = openCollectionFile(snapshot);
    // What the disk holds after each row is what a kill at that moment would leave.
    let moments = 0;
    const rows = function* () {
      for (const row of file.rows()) {
        cpSync(dataDir, join(atDeath, String(moments++)), { recursive: true });
        yield row;
      }
    };
    engine.restore('c', { ...file, rows });
    expect(engine.find('c').slots.count()).toBe(10);
    engine.close();
    file.close();
    expect(moments).toBeGreaterThanOrEqual(10);
    for (let moment = 0; moment < moments; moment += 4) {
      const survivor = open(join(atDeath, String(moment)));
      expect(survivor.find('c').slots.count(), `killed at row ${moment}`).toBe(10);
      survivor.close();
    }
  });

  test('a snapshot restored under an alias goes into the collection that the alias names, if their vectors agree', async () => {
    const { server, put, count, snapshot } = await withSnapshot(directory());
    const aliases = async (collection: string) =>
      fetch(`${server.url}/collections/aliases`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ actions: [{ create_alias: { alias_name: 'current', collection_name: collection } }] }),
      });
    await put('/collections/empty', { vectors: { size: 2, distance: 'Dot' } });
    await aliases('empty');
    expect(await upload(server.url, 'current', readFileSync(snapshot))).toBe(200);
    expect(await count(server.url, 'empty')).toBe(10);
    const { result } = (await (await fetch(`${server.url}/collections`)).json()) as { result: { collections: { name: string }[] } };
    expect(result.collections.map(({ name }) => name)).toEqual(['c', 'empty']);
    await put('/collections/other', { vectors: { size: 3, distance: 'Dot' } });
    expect(await upload(server.url, 'other', readFileSync(snapshot))).toBe(400);
    await server.close();
  });
});
