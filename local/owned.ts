import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readControlFile } from './control.ts';

/** What the emulator itself writes into its data directory: the control file and the Qdrant stand-in's files. */
const OWN_FILE = /^(?:registry\.sqlite(?:-wal|-shm)?|control\.json(?:\.tmp)?)$/;
/** What the containers and the migration keep beside it (`compose/`); it stays. */
const NEIGHBOUR = /^(?:compose|migrate)$/;
/** A collection's file is named by a UUID, a snapshot by its collection and the time (`local/qdrant/`). */
const COLLECTION = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.sqlite(-wal|-shm)?$/;
const SNAPSHOT = /^(?:.+-1-\d{4}(?:-\d\d){5}(?:-\d+)?\.snapshot|restoring-[0-9a-f]{64}\.tmp)(-wal|-shm)?$/;
const SQLITE_MAGIC = 'SQLite format 3\0';

/** Whether a file is SQLite's; an empty one is one that was being made. */
function isSqlite(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const beginning = Buffer.alloc(SQLITE_MAGIC.length);
    const length = readSync(file, beginning);
    return length === 0 || beginning.toString('latin1') === SQLITE_MAGIC;
  } finally {
    closeSync(file);
  }
}

function isRegistry(path: string): boolean {
  if (!existsSync(path) || !isSqlite(path)) return false;
  try {
    const db = new DatabaseSync(path, { readOnly: true });
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    db.close();
    return tables.every(({ name }) => name === 'collections' || name === 'aliases');
  } catch {
    return false; // not to be read, so not known to be ours
  }
}

/** The entries of a folder that are not files of this name that SQLite wrote. */
function foreignIn(folder: string, own: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => {
      const named = own.exec(entry.name);
      if (named === null || !entry.isFile()) return true;
      return named[1] === undefined && !isSqlite(join(folder, entry.name));
    })
    .map(({ name }) => join(folder, name));
}

/** What of a data directory the emulator wrote, what somebody else did, each by its path, and whether an emulator ever was there. */
export function ownership(dataDir: string): { own: string[]; foreign: string[]; isMarked: boolean } {
  const [own, foreign]: [string[], string[]] = [[], []];
  for (const entry of readdirSync(dataDir, { withFileTypes: true })) {
    const path = join(dataDir, entry.name);
    if (entry.isFile() && OWN_FILE.test(entry.name)) own.push(path);
    else if (entry.isDirectory() && entry.name === 'collections') {
      own.push(path);
      foreign.push(...foreignIn(path, COLLECTION));
    } else if (entry.isDirectory() && entry.name === 'snapshots') {
      own.push(path);
      for (const of of readdirSync(path, { withFileTypes: true })) {
        if (of.isDirectory()) foreign.push(...foreignIn(join(path, of.name), SNAPSHOT));
        else foreign.push(join(path, of.name));
      }
    } else if (!(entry.isDirectory() && NEIGHBOUR.test(entry.name))) foreign.push(path);
  }
  return { own, foreign, isMarked: isRegistry(join(dataDir, 'registry.sqlite')) || readControlFile(dataDir) !== null };
}
