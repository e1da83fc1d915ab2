import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startQdrant } from '../../../local/qdrant/qdrant.ts';
import { insertUntilKilled, spawnQdrant, verify } from './kill.ts';

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
  test('SIGKILL in the middle of inserts loses no acknowledged write', async () => {
    const dataDir = directory();
    const acknowledged = new Set<number>();
    for (const afterMs of [150, 260]) {
      const done = await insertUntilKilled(await spawnQdrant(dataDir), 1 + acknowledged.size * 10, afterMs);
      for (const id of done.ids) acknowledged.add(id);
      const again = await spawnQdrant(dataDir);
      const { missing, generation, found } = await verify(again.url, acknowledged);
      await again.kill();
      expect(missing).toEqual([]);
      expect(found).toBeGreaterThanOrEqual(acknowledged.size);
      expect(generation).toBeGreaterThanOrEqual(done.generation);
    }
    expect(acknowledged.size).toBeGreaterThan(0);
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
});
