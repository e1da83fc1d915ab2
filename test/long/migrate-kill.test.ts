import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startQdrant } from '../../local/qdrant/qdrant.ts';

// `npm run migrate` between two stand-ins: the process is killed again and again, and the target goes away in between.

const POINTS = 12_000;
const KILLS = 8;
const COMMAND = fileURLToPath(new URL('../../compose/migrate.ts', import.meta.url));
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const writes: string[] = [];
let source: Awaited<ReturnType<typeof startQdrant>>;
let target: Awaited<ReturnType<typeof startQdrant>>;

async function ask<T>(url: string, method: string, path: string, body?: unknown): Promise<T> {
  const init = { method, headers: { 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await fetch(url + path, init);
  const answer = (await response.json()) as { result: T; status: unknown };
  if (!response.ok) throw new Error(JSON.stringify(answer.status));
  return answer.result;
}
const count = async (url: string) => {
  try {
    return (await ask<{ count: number }>(url, 'POST', '/collections/big.v1/points/count', { exact: true })).count;
  } catch {
    return 0;
  }
};

beforeAll(async () => {
  const log = (line: string) => {
    if (/^(PUT|PATCH|DELETE) |\/points\/(delete|payload|batch|vectors)/.test(line)) writes.push(line);
  };
  [source, target] = await Promise.all([startQdrant({ dataDir: null, log }), startQdrant({ dataDir: null })]);
  await ask(source.url, 'PUT', '/collections/big.v1', { vectors: { dense: { size: 32, distance: 'Cosine' } } });
  for (let at = 0; at < POINTS; at += 1_000) {
    const points = Array.from({ length: 1_000 }, (_, i) => ({
      id: uuid(at + i),
      payload: { text: `Lantern ${at + i}` },
      vector: { dense: Array.from({ length: 32 }, (__, d) => Math.sin((at + i) * (d + 1))) },
    }));
    await ask(source.url, 'PUT', '/collections/big.v1/points?wait=true', { points });
  }
  await ask(source.url, 'POST', '/collections/aliases', {
    actions: [{ create_alias: { collection_name: 'big.v1', alias_name: 'big' } }],
  });
  writes.splice(0);
});
afterAll(async () => void (await Promise.all([source.close(), target.close()])));

function start(): { child: ChildProcess; ended: Promise<{ code: number | null; said: string }> } {
  const args = [COMMAND, '--from', source.url, '--to', target.url, '--rate', '4000'];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)));
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, said })) };
}

test('killed eight times, with a target that went away, it ends with every point once and an alias made last', async () => {
  let before = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const { child, ended } = start();
    // Killed in the middle of work: when it has brought so much more than the run before it.
    const enough = before + 700 + kill * 90;
    while ((await count(target.url)) < enough) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGKILL');
    await ended;
    const now = await count(target.url);
    expect(now, `after kill ${kill}`).toBeGreaterThanOrEqual(before);
    expect((await ask<{ aliases: unknown[] }>(target.url, 'GET', '/aliases')).aliases, `after kill ${kill}`).toEqual([]);
    before = now;
  }
  const { ended } = start();
  while ((await count(target.url)) < before + 500) await new Promise((resolve) => setTimeout(resolve, 10));
  await target.faults.set({ mode: 'down' });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await target.faults.clear();
  const { code, said } = await ended;
  expect(said).toContain(`going on after`);
  expect(said).toContain(`big.v1: ${POINTS} points, 100 compared with their vectors, 20 searches alike`);
  expect(code, said).toBe(0);
  expect(await count(target.url)).toBe(POINTS);
  const { aliases } = await ask<{ aliases: unknown[] }>(target.url, 'GET', '/aliases');
  expect(aliases).toEqual([{ collection_name: 'big.v1', alias_name: 'big' }]);
  expect(writes, 'writes to the source').toEqual([]);
  console.log(`${KILLS} kills and an absence of 2 s: ${POINTS} points, verified`);
});
