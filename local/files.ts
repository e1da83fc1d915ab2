import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { READABLE_ENDINGS, typeOfName } from '../functions/_kernel/file-types.ts';

/** A file to ingest: where it is, the name it is known by in the collection, and what tells whether it changed. */
export type Found = { path: string; name: string; bytes: number; modifiedMs: number };

/** Nothing to ingest; the message says what was looked for. */
export class NoFilesError extends Error {
  override readonly name = 'NoFilesError';
}

type Rules = { folder: string; rules: Ignore };

function rulesOf(folder: string): Rules[] {
  const file = join(folder, '.gitignore');
  return existsSync(file) ? [{ folder, rules: ignore().add(readFileSync(file, 'utf8')) }] : [];
}

/** The rules of the folders above, up to the top of the repository that the folder is in. */
function rulesAbove(folder: string): Rules[] {
  const above: Rules[] = [];
  for (let at = folder; !existsSync(join(at, '.git')); at = dirname(at)) {
    if (dirname(at) === at) return [];
    above.unshift(...rulesOf(dirname(at)));
  }
  return above;
}

const slashes = (path: string) => path.split(sep).join('/');

/** Whether git would leave the path out: the rule nearest to it decides (gitignore(5)). */
function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  let ignored = false;
  for (const { folder, rules: own } of rules) {
    const verdict = own.test(slashes(relative(folder, path)) + (isFolder ? '/' : ''));
    if (verdict.ignored) ignored = true;
    if (verdict.unignored) ignored = false;
  }
  return ignored;
}

/** Whether a file that is named as a text has a zero byte among its first 8,000, by which git knows binary files. */
function isBinary(path: string): boolean {
  if (!/^text\/|json$/.test(typeOfName(path) ?? '')) return false;
  const file = openSync(path, 'r');
  try {
    const beginning = new Uint8Array(8_000);
    return beginning.subarray(0, readSync(file, beginning)).includes(0);
  } finally {
    closeSync(file);
  }
}

function foundAt(path: string, name: string): Found {
  const { size, mtimeMs } = statSync(path);
  return { path, name, bytes: size, modifiedMs: mtimeMs };
}

function walk(folder: string, top: string, inherited: readonly Rules[]): Found[] {
  const rules = [...inherited, ...rulesOf(folder)];
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): Found[] => {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
      if (isIgnored(path, entry.isDirectory(), rules)) return [];
      if (entry.isDirectory()) return walk(path, top, rules);
      if (!entry.isFile() || typeOfName(entry.name) === null || isBinary(path)) return [];
      return [foundAt(path, slashes(relative(top, path)))];
    });
}

/**
 * The files to ingest below folders, or the files themselves: readable endings, neither hidden nor binary, not in `node_modules`, not
 * ignored by a `.gitignore` of their repository. May be none.
 *
 * A file of a folder is named by its path below that folder. @throws NoFilesError for a path that does not exist or cannot be read.
 */
export function listFiles(paths: readonly string[]): Found[] {
  return paths.flatMap((given): Found[] => {
    const path = resolve(given);
    if (!existsSync(path)) throw new NoFilesError(`There is nothing at ${given}; name a folder or a file that exists.`);
    if (statSync(path).isDirectory()) {
      const above = rulesAbove(path);
      // A folder that is named although it is ignored is meant.
      return walk(path, path, isIgnored(path, true, above) ? [] : above);
    }
    if (typeOfName(path) === null) throw new NoFilesError(`${given} cannot be read; files may end in ${READABLE_ENDINGS.join(', ')}.`);
    return [foundAt(path, slashes(relative(process.cwd(), path)).replace(/^(\.\.\/)+/, ''))];
  });
}

/** As `listFiles`, but at least one. @throws NoFilesError also for folders with nothing in them. */
export function findFiles(paths: readonly string[]): Found[] {
  const found = listFiles(paths);
  if (found.length === 0)
    throw new NoFilesError(`No readable file is in ${paths.join(', ')}; files may end in ${READABLE_ENDINGS.join(', ')}.`);
  return found;
}
