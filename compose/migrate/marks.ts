import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEGINNING, type Mark } from './copy.ts';

export type Marks = { read(collection: string): Mark; keep(collection: string, mark: Mark): void; forget(collection: string): void };

/** Keeps how far each collection's copy has come, in a file each: by source and target, so that two migrations do not meet. */
export function openMarks(folder: string, from: string, to: string): Marks {
  const file = (collection: string) =>
    join(
      folder,
      `${createHash('sha256')
        .update(JSON.stringify([from, to, collection]))
        .digest('hex')
        .slice(0, 24)}.json`,
    );
  return {
    read: (collection) => (existsSync(file(collection)) ? (JSON.parse(readFileSync(file(collection), 'utf8')) as Mark) : BEGINNING),
    keep(collection, mark) {
      mkdirSync(folder, { recursive: true });
      // Written aside and renamed: whoever is killed in between leaves the mark before.
      writeFileSync(`${file(collection)}.tmp`, JSON.stringify(mark));
      renameSync(`${file(collection)}.tmp`, file(collection));
    },
    forget: (collection) => rmSync(file(collection), { force: true }),
  };
}
