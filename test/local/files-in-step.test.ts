import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { listFiles, type Found } from '../../local/files.ts';
import { bursts, difference, keepInStep, watchPaths } from '../../local/watch.ts';

const file = (name: string, bytes = 1, modifiedMs = 1): Found => ({ path: `/${name}`, name, bytes, modifiedMs });
const top = mkdtempSync(join(tmpdir(), 'step-'));
afterEach(() => vi.useRealTimers());

test('what is new, longer or later is sent; what is gone is deleted; the rest is left alone', () => {
  const before = [file('same'), file('longer'), file('later'), file('gone')];
  const after = [file('same'), file('longer', 2), file('later', 1, 2), file('new')];
  const { changed, gone } = difference(before, after);
  expect(changed.map((one) => one.name)).toEqual(['longer', 'later', 'new']);
  expect(gone).toEqual(['gone']);
});

test('a burst of changes is one turn, and a change during a turn is another one', async () => {
  vi.useFakeTimers();
  const ended = new AbortController();
  const turns = bursts(ended.signal, 300);
  let count = 0;
  const loop = (async () => {
    for await (const _ of turns) if (++count === 1) await vi.advanceTimersByTimeAsync(0).then(turns.touch);
  })();
  for (let i = 0; i < 5; i++) {
    turns.touch();
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(count).toBe(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(count).toBe(1);
  await vi.advanceTimersByTimeAsync(300);
  expect(count).toBe(2);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(count).toBe(2);
  ended.abort();
  await loop;
});

test('a turn that fails is made up for by the next one', async () => {
  const sent: string[][] = [];
  const errors: unknown[] = [];
  let down = true;
  async function* turns() {
    yield;
    down = false;
    yield;
    yield;
  }
  await keepInStep(turns(), {
    start: [file('gone')],
    list: () => [file('a')],
    async put(files) {
      if (down) throw new Error('no gateway');
      sent.push(files.map((one) => one.name));
    },
    remove: async (name) => void sent.push([`-${name}`]),
    onError: (error) => errors.push(error),
  });
  expect(errors).toHaveLength(1);
  expect(sent).toEqual([['-gone'], ['a']]);
});

test('a folder is followed: a new file, a changed one, a renamed one and a deleted one', async () => {
  mkdirSync(join(top, 'docs'));
  const docs = join(top, 'docs');
  writeFileSync(join(docs, 'a.md'), 'a');
  const ended = new AbortController();
  const kept = new Set(['a.md']);
  const turns = bursts(ended.signal, 20);
  watchPaths([docs], ended.signal, turns.touch);
  const loop = keepInStep(turns, {
    start: listFiles([docs]),
    list: () => listFiles([docs]),
    put: async (files) => files.forEach((one) => kept.add(one.name)),
    remove: async (name) => void kept.delete(name),
    onError: (error) => {
      throw error;
    },
  });
  const settles = (names: string[]) => vi.waitFor(() => expect([...kept].toSorted()).toEqual(names), { timeout: 5_000, interval: 20 });
  mkdirSync(join(docs, 'sub'));
  writeFileSync(join(docs, 'sub/b.md'), 'b');
  await settles(['a.md', 'sub/b.md']);
  renameSync(join(docs, 'a.md'), join(docs, 'c.md'));
  await settles(['c.md', 'sub/b.md']);
  rmSync(join(docs, 'sub'), { recursive: true });
  await settles(['c.md']);
  ended.abort();
  await loop;
  rmSync(top, { recursive: true });
});
