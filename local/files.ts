import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { EXTENSIONS, typeOfName } from '../functions/ingest/read.ts';

/** A file to ingest: where it is, and the name it is known by in the collection. */
export type Found = { path: string; name: string; bytes: number };

/** Nothing to ingest; the message says what was looked for. */
export class NoFilesError extends Error {
  override readonly name = 'NoFilesError';
}

type Rules = { folder: string; rules: Ignore };

function rulesOf(folder: string): Rules[] {
  const file = join(folder, '.gitignore');
  return existsSync(file) ? [{ folder, rules: ignore().add(readFileSync(file, 'utf8')) }] : [];
}

const slashes = (path: string) => path.split(sep).join('/');

function walk(folder: string, top: string, inherited: readonly Rules[]): Found[] {
  const rules = [...inherited, ...rulesOf(folder)];
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): Found[] => {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
      const asPath = (from: string) => slashes(relative(from, path)) + (entry.isDirectory() ? '/' : '');
      if (rules.some((one) => one.rules.ignores(asPath(one.folder)))) return [];
      if (entry.isDirectory()) return walk(path, top, rules);
      if (!entry.isFile() || typeOfName(entry.name) === null) return [];
      return [{ path, name: slashes(relative(top, path)), bytes: statSync(path).size }];
    });
}

/**
 * Finds the files to ingest below folders, or the files themselves: readable endings, not hidden, not ignored by a `.gitignore`.
 *
 * A file of a folder is named by its path below that folder.
 * @throws NoFilesError for a path that does not exist, a file that cannot be read, or folders with nothing in them.
 */
export function findFiles(paths: readonly string[]): Found[] {
  const found = paths.flatMap((given): Found[] => {
    const path = resolve(given);
    if (!existsSync(path)) throw new NoFilesError(`There is nothing at ${given}; name a folder or a file that exists.`);
    if (statSync(path).isDirectory()) return walk(path, path, []);
    if (typeOfName(path) === null) throw new NoFilesError(`${given} cannot be read; files may end in ${EXTENSIONS.join(', ')}.`);
    return [{ path, name: slashes(relative(process.cwd(), path)).replace(/^(\.\.\/)+/, ''), bytes: statSync(path).size }];
  });
  if (found.length === 0) throw new NoFilesError(`No readable file is in ${paths.join(', ')}; files may end in ${EXTENSIONS.join(', ')}.`);
  return found;
}
