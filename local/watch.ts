import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import type { Found } from './files.ts';

/** What must be sent and what deleted, so that a collection that was in step with `before` is so with `after`. */
export function difference(before: readonly Found[], after: readonly Found[]): { changed: Found[]; gone: string[] } {
  const known = new Map(before.map((one) => [one.name, one]));
  const names = new Set(after.map((one) => one.name));
  const isNew = (one: Found) => known.get(one.name)?.modifiedMs !== one.modifiedMs || known.get(one.name)?.bytes !== one.bytes;
  return { changed: after.filter(isNew), gone: [...known.keys()].filter((name) => !names.has(name)) };
}

/** Editors write a file in several steps, and a checkout touches hundreds: both are one burst. */
const QUIET_MS = 300;

/** A turn after each burst of calls of `touch`, `quietMs` after its last one; ends with `signal`. */
export function bursts(signal: AbortSignal, quietMs = QUIET_MS): { touch(): void; [Symbol.asyncIterator](): AsyncGenerator<void> } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let settled = false;
  let wake = () => {};
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    wake();
  });
  return {
    touch() {
      clearTimeout(timer);
      timer = setTimeout(() => {
        settled = true;
        wake();
      }, quietMs);
    },
    async *[Symbol.asyncIterator]() {
      while (!signal.aborted) {
        if (!settled) await new Promise<void>((resolve) => (wake = resolve));
        if (!settled) continue;
        settled = false; // before the turn: what settles during it is a turn of its own
        yield;
      }
    },
  };
}

/** Calls `touch` whenever something below the folders, or one of the files, may have changed; until `signal`. */
export function watchPaths(paths: readonly string[], signal: AbortSignal, touch: () => void): void {
  for (const path of paths) {
    if (statSync(path).isDirectory()) watchFolder(path, signal, touch);
    else watch(path, { signal }, touch).on('error', touch);
  }
}

/** Folders that nobody edits in, and that hold more folders than all others. */
const UNWATCHED = new Set(['node_modules', '.git']);

/**
 * Tells of whatever is written, made, renamed or removed below a folder, by its path from there; until `signal`.
 *
 * A watcher a folder, because on Linux Node's recursive one loses sight of a file once an editor has renamed another in its place.
 */
export function watchFolder(root: string, signal: AbortSignal, changed: (path: string) => void): void {
  if (process.platform !== 'linux') {
    watch(root, { recursive: true, signal }, (_, name) => changed(name ?? '')).on('error', () => changed(''));
    return;
  }
  const watchers = new Map<string, FSWatcher>();
  const follow = (folder: string): void => {
    watchers.get(folder)?.close();
    const watcher = watch(join(root, folder), { signal }, (_, name) => {
      const path = name === null ? folder : join(folder, name);
      if (name !== null && isFolder(join(root, path)) && !UNWATCHED.has(name)) follow(path);
      changed(path);
    });
    watchers.set(folder, watcher);
    watcher.on('error', () => {
      watchers.delete(folder);
      changed(folder);
    });
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true }))
      if (entry.isDirectory() && !UNWATCHED.has(entry.name)) follow(join(folder, entry.name));
  };
  follow('');
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Keeps a collection in step with files, turn by turn: what is new or changed is put, what is gone is removed.
 *
 * @param steps.start the files it is in step with now. A turn that fails is told to `onError` and made up for by the next one.
 */
export async function keepInStep(
  turns: AsyncIterable<void>,
  steps: {
    start: readonly Found[];
    list(): Found[];
    put(files: readonly Found[]): Promise<void>;
    remove(name: string): Promise<void>;
    onError(error: unknown): void;
  },
): Promise<void> {
  let inStep = steps.start;
  for await (const _ of turns) {
    try {
      const now = steps.list();
      const { changed, gone } = difference(inStep, now);
      for (const name of gone) {
        await steps.remove(name);
        inStep = inStep.filter((one) => one.name !== name);
      }
      if (changed.length > 0) await steps.put(changed);
      inStep = now;
    } catch (error) {
      steps.onError(error);
    }
  }
}
