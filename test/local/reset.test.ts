import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { readControlFile, startControl } from '../../local/control.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { openRegistry } from '../../local/qdrant/storage/registry.ts';
import { bornAt, isAlive, type Process } from '../../local/processes.ts';
import { planRemoval, remove } from '../../local/removal.ts';

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reset-'));
  dataDir = join(folder, '.rag');
  openRegistry(dataDir).close();
  writeFileSync(join(folder, 'beside.txt'), 'stays');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** A process that ends by a signal only, or by `SIGKILL` only. */
async function sleeper(stubborn = false): Promise<Process> {
  const script = `${stubborn ? "process.on('SIGTERM', () => {});" : ''} console.log('up'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { pid: child.pid!, born: bornAt(child.pid!)! };
}
const leave = (...processes: Process[]) => {
  const addresses = { gateway: '', redis: '', qdrant: '', ollama: '' };
  writeFileSync(join(dataDir, 'control.json'), JSON.stringify({ url: 'http://127.0.0.1:9', secret: 's', addresses, processes }));
};
const run = async (...args: string[]): Promise<{ status: number; out: string }> =>
  new Promise((resolve) => {
    const script = fileURLToPath(new URL('../../local/reset.ts', import.meta.url));
    const child = execFile(process.execPath, [script, ...args, dataDir], (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, out: stdout + stderr }),
    );
  });

test('the directory goes, what lies beside it stays, and a second time there is nothing to do', async () => {
  const first = await run('--yes');
  expect([first.status, existsSync(dataDir), readdirSync(folder)]).toEqual([0, false, ['beside.txt']]);
  expect(first.out).toContain(dataDir);
  expect(await run('--yes')).toMatchObject({ status: 0, out: expect.stringContaining('nothing to remove') });
});

test('without --yes and without a terminal it says what it would remove, and removes nothing', async () => {
  const { status, out } = await run();
  expect([status, existsSync(dataDir)]).toEqual([1, true]);
  expect(out).toMatch(/will be ended and removed:[\s\S]*\.rag[\s\S]*Nothing was removed/);
  expect(out).toContain('say --yes');
});

test('a directory with anything of somebody else’s is refused by name', async () => {
  writeFileSync(join(dataDir, 'thesis.docx'), 'years of work');
  const { status, out } = await run('--yes');
  expect([status, readdirSync(dataDir).includes('thesis.docx')]).toEqual([1, true]);
  expect(out).toContain('thesis.docx');
});

test('all that a Qdrant stand-in wrote goes, killed or ended, and what containers keep beside it stays', async () => {
  const { url, close } = await startQdrant({ dataDir });
  const put = async (method: string, path: string) =>
    fetch(url + path, {
      method,
      body: JSON.stringify({ vectors: { size: 1, distance: 'Dot' } }),
      headers: { 'content-type': 'application/json' },
    });
  expect([(await put('PUT', '/collections/ä b')).status, (await put('POST', '/collections/ä b/snapshots')).status]).toEqual([200, 200]);
  expect(planRemoval(dataDir).bytes).toBeGreaterThan(10_000); // while it runs, with its -wal and -shm files
  await close();
  mkdirSync(join(dataDir, 'compose'));
  await remove(planRemoval(dataDir));
  expect(readdirSync(dataDir)).toEqual(['compose']);
});

test.each([
  ['collections/thesis.txt', 'years of work'],
  ['collections/0b3f1b9e-8a4e-4a4f-9a3b-3f1e0f6f6d11.sqlite', 'not of SQLite'],
  ['snapshots/backup.snapshot', 'SQLite format 3\0'],
  ['snapshots/dev.docs/backup.snapshot', 'SQLite format 3\0'],
  ['snapshots/dev.docs/mine-1-2026-01-01-00-00-00.snapshot', 'PK of another server'],
])('%s is refused by name', (path, text) => {
  mkdirSync(join(dataDir, path, '..'), { recursive: true });
  writeFileSync(join(dataDir, path), text);
  expect(() => planRemoval(dataDir)).toThrow(join(dataDir, path));
});

test('a directory that only looks like the emulator’s is refused, and an empty one is left', async () => {
  rmSync(join(dataDir, 'registry.sqlite'));
  expect(() => planRemoval(dataDir)).toThrow('it is not its own. Nothing was removed');
  new DatabaseSync(join(dataDir, 'registry.sqlite')).exec('CREATE TABLE photographs (path TEXT)');
  expect(() => planRemoval(dataDir)).toThrow('it is not its own. Nothing was removed');
  for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true });
  await remove(planRemoval(dataDir));
  expect(existsSync(dataDir)).toBe(true);
});

test('a file that comes between the question and the removal is kept', async () => {
  const plan = planRemoval(dataDir);
  writeFileSync(join(dataDir, 'collections', 'thesis.txt'), 'years of work');
  await expect(remove(plan)).rejects.toThrow('thesis.txt came meanwhile');
  expect(existsSync(join(dataDir, 'registry.sqlite'))).toBe(true);
});

test('a link or a file in the directory’s place is refused', () => {
  const link = join(folder, 'link');
  symlinkSync(dataDir, link);
  expect(() => planRemoval(link)).toThrow('nothing was removed');
  expect(() => planRemoval(join(folder, 'beside.txt'))).toThrow('nothing was removed');
});

test('what a killed emulator left running is ended, one that ignores SIGTERM too', async () => {
  const [meek, stubborn] = [await sleeper(), await sleeper(true)];
  leave(meek, stubborn);
  const plan = planRemoval(dataDir);
  expect(plan.processes.map(({ pid }) => pid)).toEqual([meek.pid, stubborn.pid]);
  await remove(plan, 200);
  expect([isAlive(meek), isAlive(stubborn), existsSync(dataDir)]).toEqual([false, false, false]);
});

test('a number that belongs to another process by now is never touched', async () => {
  const stranger = await sleeper();
  leave({ pid: stranger.pid, born: 'another boot 12345' });
  const plan = planRemoval(dataDir);
  expect(plan.processes).toEqual([]);
  await remove(plan);
  expect([isAlive(stranger), existsSync(dataDir)]).toEqual([true, false]);
});

test('an emulator that keeps no data of its own, with a real Qdrant, tells of itself all the same', async () => {
  const elsewhere = join(folder, 'none', '.rag');
  const addresses = { gateway: 'g', redis: 'r', qdrant: 'q', ollama: 'o' };
  const control = await startControl(elsewhere, { redis: null, qdrant: null, ollama: null }, { addresses, stop() {} });
  expect(readControlFile(elsewhere)?.addresses).toEqual(addresses);
  await control.close();
});

test('a running emulator is asked to end, and the record of a peaceful end is empty', async () => {
  let asked = 0;
  const child = await sleeper();
  const standIns = { redis: null, qdrant: null, ollama: null };
  const addresses = { gateway: 'g', redis: 'r', qdrant: 'q', ollama: 'o' };
  const control = await startControl(dataDir, standIns, {
    addresses,
    stop() {
      asked++;
      process.kill(child.pid);
    },
  });
  const record = readControlFile(dataDir)!;
  // Among them, because other suites of this process may have children too.
  expect(record.addresses).toEqual(addresses);
  expect(record.processes).toEqual(expect.arrayContaining([expect.objectContaining({ pid: process.pid }), child]));
  // This process is the emulator here, and must outlive its test.
  writeFileSync(join(dataDir, 'control.json'), JSON.stringify({ ...record, processes: [child] }));
  await remove(planRemoval(dataDir));
  await control.close();
  expect([asked, isAlive(child), readControlFile(dataDir)]).toEqual([1, false, null]);
});
