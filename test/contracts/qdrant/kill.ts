import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('kill-worker.ts', import.meta.url));
type Server = { url: string; kill(): Promise<void> };

/** A stand-in in a child process over a data directory. */
export async function spawnQdrant(dataDir: string): Promise<Server> {
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

/** A value that is written again and again: the last that was acknowledged, and the last that was tried. */
type Counter = { acknowledged: number; tried: number; writes: number };
/** What the server has acknowledged over all its lives, and what it refused, which must be nothing. */
export type Acknowledged = {
  inserted: Set<number>;
  deleted: Set<number>;
  payload: Counter;
  alias: Counter;
  metadata: Counter;
  restores: number;
  refused: string[];
};

/** Nothing yet. */
export function nothingAcknowledged(): Acknowledged {
  const counter = (): Counter => ({ acknowledged: 0, tried: 0, writes: 0 });
  return {
    inserted: new Set(),
    deleted: new Set(),
    payload: counter(),
    alias: counter(),
    metadata: counter(),
    restores: 0,
    refused: [],
  };
}

/** The point whose payload changes, the collections that the alias goes round, and the points that every restore brings back. */
const [COUNTED, GENERATIONS, RESTORED] = [1, 5, 200];
const KILLED = '/collections/killed';

async function call(url: string, method: string, path: string, body?: unknown): Promise<{ status: number; result: unknown }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return { status: response.status, result: ((await response.json()) as { result: unknown }).result };
}

const vectorOf = (id: number): number[] => [id % 7, id % 11, id % 13, 1];
const pointOf = (id: number) => ({ id, vector: { dense: vectorOf(id), lexical: { indices: [id % 50], values: [1] } }, payload: { n: id } });

/** What the writers below write to; made once in a data directory. */
export async function prepare(url: string): Promise<void> {
  const vectors = { dense: { size: 4, distance: 'Dot' } };
  const names = ['killed', 'restored', ...Array.from({ length: GENERATIONS }, (_, n) => `generation.${n}`)];
  for (const name of names) await call(url, 'PUT', `/collections/${name}`, { vectors, sparse_vectors: { lexical: {} } });
  await call(url, 'PUT', `${KILLED}/points`, { points: [{ ...pointOf(COUNTED), payload: { n: COUNTED, count: 0 } }] });
  await call(url, 'PATCH', KILLED, { metadata: { count: 0 } });
  await call(url, 'POST', '/collections/aliases', { actions: [{ create_alias: { alias_name: 'current', collection_name: 'generation.0' } }] }); // prettier-ignore
  await call(url, 'PUT', '/collections/restored/points', { points: Array.from({ length: RESTORED }, (_, n) => pointOf(n + 1)) });
  await call(url, 'POST', '/collections/restored/snapshots');
}

/**
 * Inserts and deletes points, sets a payload, moves an alias, patches metadata and restores a snapshot, all at once, until the process
 * is killed in the middle of it, `afterMs` after the `times`-th of every kind was acknowledged. Notes what was; what was under way may
 * or may not have happened.
 */
export async function writeUntilKilled(server: Server, done: Acknowledged, from: number, times: number, afterMs: number): Promise<void> {
  const { url } = server;
  const counts = (): number[] => [done.inserted.size, done.deleted.size, done.payload.writes, done.alias.writes, done.metadata.writes, done.restores]; // prettier-ignore
  const before = counts();
  let timer: NodeJS.Timeout | null = null;
  const isAcknowledged = async (method: string, path: string, body?: unknown): Promise<boolean> => {
    const { status } = await call(url, method, path, body);
    if (status !== 200) done.refused.push(`${method} ${path} ${status}`);
    return status === 200;
  };
  let next = from;
  const some = (): number[] => [next++, next++, next++];
  const insert = async (ids: number[]): Promise<boolean> => isAcknowledged('PUT', `${KILLED}/points`, { points: ids.map(pointOf) });
  const inserting = async (): Promise<void> => {
    const ids = some();
    if (await insert(ids)) for (const id of ids) done.inserted.add(id);
  };
  const deleting = async (): Promise<void> => {
    const ids = some();
    if ((await insert(ids)) && (await isAcknowledged('POST', `${KILLED}/points/delete`, { points: ids }))) for (const id of ids) done.deleted.add(id); // prettier-ignore
  };
  const counting = (counter: Counter, write: (count: number) => Promise<boolean>) => async (): Promise<void> => {
    counter.tried += 1;
    const { tried } = counter;
    if (!(await write(tried))) return;
    counter.acknowledged = tried;
    counter.writes += 1;
  };
  const restoring = async (): Promise<void> => {
    const { result } = await call(url, 'GET', '/collections/restored/snapshots');
    const location = `${url}/collections/restored/snapshots/${(result as { name: string }[])[0]?.name}`;
    if (await isAcknowledged('PUT', '/collections/restored/snapshots/recover', { location })) done.restores += 1;
  };
  const steps = [
    inserting,
    inserting,
    deleting,
    counting(done.payload, async (count) => isAcknowledged('POST', `${KILLED}/points/payload`, { points: [COUNTED], payload: { count } })),
    counting(done.metadata, async (count) => isAcknowledged('PATCH', KILLED, { metadata: { count } })),
    counting(done.alias, async (count) => {
      const create_alias = { alias_name: 'current', collection_name: `generation.${count % GENERATIONS}` };
      const actions = [{ delete_alias: { alias_name: 'current' } }, { create_alias }];
      return isAcknowledged('POST', '/collections/aliases', { actions });
    }),
    restoring,
  ];
  const forever = async (step: () => Promise<void>): Promise<void> => {
    for (;;) {
      await step();
      if (done.refused.length > 0 || counts().every((count, i) => count >= (before[i] ?? 0) + times))
        timer ??= setTimeout(() => void server.kill(), afterMs);
    }
  };
  await Promise.allSettled(steps.map(forever));
}

/** What of the acknowledged is missing or wrong; settles what was under way at the kill as it turned out. */
export async function violations(url: string, done: Acknowledged): Promise<string[]> {
  const wrong: string[] = [];
  type Point = { id: number; payload: { n: number; count?: number }; vector: { dense: number[] } };
  const retrieve = async (ids: number[]): Promise<Map<number, Point>> => {
    const found = new Map<number, Point>();
    for (let at = 0; at < ids.length; at += 500) {
      const { result } = await call(url, 'POST', `${KILLED}/points`, { ids: ids.slice(at, at + 500), with_vector: true });
      for (const point of result as Point[]) found.set(point.id, point);
    }
    return found;
  };
  const settle = (what: string, counter: Counter, actual: number | undefined): void => {
    if (actual === undefined || actual < counter.acknowledged || actual > counter.tried) wrong.push(`${what} is ${actual}, acknowledged was ${counter.acknowledged}`); // prettier-ignore
    counter.acknowledged = actual ?? counter.acknowledged;
  };
  const found = await retrieve([COUNTED, ...done.inserted]);
  for (const id of done.inserted) {
    const point = found.get(id);
    if (point?.payload.n !== id || JSON.stringify(point.vector.dense) !== JSON.stringify(vectorOf(id))) wrong.push(`point ${id} is lost`);
  }
  for (const id of (await retrieve([...done.deleted])).keys()) wrong.push(`point ${id} is back`);
  settle('the payload', done.payload, found.get(COUNTED)?.payload.count);
  const { result: info } = await call(url, 'GET', KILLED);
  settle('the metadata', done.metadata, (info as { config: { metadata: { count: number } } }).config.metadata.count);
  const { aliases } = (await call(url, 'GET', '/aliases')).result as { aliases: { alias_name: string; collection_name: string }[] };
  const at = aliases.find(({ alias_name: alias }) => alias === 'current')?.collection_name;
  const { acknowledged, tried } = done.alias;
  const targets = Array.from({ length: tried - acknowledged + 1 }, (_, n) => acknowledged + n);
  settle(
    'the alias',
    done.alias,
    targets.find((count) => at === `generation.${count % GENERATIONS}`),
  );
  const { result: restored } = await call(url, 'POST', '/collections/restored/points/count', {});
  if ((restored as { count: number }).count !== RESTORED) wrong.push(`the restored collection has ${JSON.stringify(restored)}`);
  return wrong;
}
