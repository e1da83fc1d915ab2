import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('kill-worker.ts', import.meta.url));

/** A stand-in in a child process over a data directory. */
export async function spawnQdrant(dataDir: string): Promise<{ url: string; kill(): Promise<void> }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WORKER, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line]: unknown[] = await once(child.stdout, 'data');
  return {
    url: String(line).trim(),
    kill: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

export type Acknowledged = { ids: Set<number>; generation: number };

async function call(url: string, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const vectorOf = (id: number): number[] => [id % 7, id % 11, id % 13, 1];

/**
 * Inserts points, moves an alias and sets payloads until the process is killed `afterMs` later, in the middle of it.
 *
 * Returns what was acknowledged; what was under way may or may not have happened.
 */
export async function insertUntilKilled(
  server: { url: string; kill(): Promise<void> },
  from: number,
  afterMs: number,
): Promise<Acknowledged> {
  const { url } = server;
  const done: Acknowledged = { ids: new Set(), generation: 0 };
  await call(url, 'PUT', '/collections/killed', { vectors: { dense: { size: 4, distance: 'Dot' } }, sparse_vectors: { lexical: {} } });
  let next = from;
  const writer = async (): Promise<void> => {
    for (;;) {
      const ids = [next, next + 1, next + 2];
      next += 3;
      const points = ids.map((id) => ({
        id,
        vector: { dense: vectorOf(id), lexical: { indices: [id % 50], values: [1] } },
        payload: { n: id },
      }));
      const response = await call(url, 'PUT', '/collections/killed/points', { points });
      if (response.status === 200) for (const id of ids) done.ids.add(id);
    }
  };
  const switcher = async (): Promise<void> => {
    for (let generation = from; ; generation += 1) {
      const response = await call(url, 'PATCH', '/collections/killed', { metadata: { generation } });
      if (response.status === 200) done.generation = generation;
    }
  };
  const timer = setTimeout(() => void server.kill(), afterMs);
  await Promise.allSettled([writer(), writer(), switcher()]);
  clearTimeout(timer);
  return done;
}

/** Which acknowledged points are missing or wrong, and the metadata's generation. */
export async function verify(url: string, ids: ReadonlySet<number>): Promise<{ missing: number[]; generation: number; found: number }> {
  const missing: number[] = [];
  const list = [...ids];
  for (let at = 0; at < list.length; at += 500) {
    const part = list.slice(at, at + 500);
    const response = await call(url, 'POST', '/collections/killed/points', { ids: part, with_vector: true });
    const { result } = (await response.json()) as { result: { id: number; payload: { n: number }; vector: { dense: number[] } }[] };
    const byId = new Map(result.map((point) => [point.id, point]));
    for (const id of part) {
      const point = byId.get(id);
      if (point?.payload.n !== id || JSON.stringify(point.vector.dense) !== JSON.stringify(vectorOf(id))) missing.push(id);
    }
  }
  const { result: info } = (await (await call(url, 'GET', '/collections/killed')).json()) as {
    result: { points_count: number; config: { metadata?: { generation: number } } };
  };
  return { missing, generation: info.config.metadata?.generation ?? 0, found: info.points_count };
}
