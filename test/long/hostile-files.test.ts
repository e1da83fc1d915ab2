import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { CHUNK_MAX_CHARS } from '../../functions/_kernel/limits.ts';
import { HOSTILE } from './hostile-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A Worker's memory, and what a request may take of its time on the two slow cores of a build machine. */
const MEMORY_MB = 128;
const TIME_MS = 30_000;

type Cost = { why: string | null; characters: number; chunks: number; longest: number; ms: number; mb: number };

async function costOf(path: string): Promise<Cost> {
  const reader = new URL('hostile-reader.ts', import.meta.url).pathname;
  const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--max-old-space-size=112', '--max-semi-space-size=2'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, reader, path], { timeout: 4 * TIME_MS });
  return JSON.parse(stdout) as Cost;
}

test.each(Object.keys(HOSTILE))('%s: read or refused in a Worker’s memory and in bounded time', async (name) => {
  const { make, says } = HOSTILE[name]!;
  const path = join(folder, name);
  writeFileSync(path, make());
  const cost = await costOf(path);
  rmSync(path);
  console.log(name.padEnd(26), `${cost.ms} ms`, `${cost.mb} MB`, `${cost.chunks} chunks`, cost.why ?? '');
  if (says === 'read') expect(cost.why).toBeNull();
  else expect(cost.why).toMatch(says);
  expect(cost.longest).toBeLessThanOrEqual(CHUNK_MAX_CHARS);
  if (cost.why === null) expect(cost.chunks).toBeGreaterThan(0);
  expect(cost.ms).toBeLessThan(TIME_MS);
  expect(cost.mb).toBeLessThan(MEMORY_MB);
});
