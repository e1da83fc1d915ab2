import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Which collections and aliases there are, and in which file each collection lies. */
export type Registry = {
  collections(): { name: string; file: string }[];
  aliases(): Map<string, string>;
  addCollection(name: string, file: string): void;
  /** Forgets the collection and its aliases in one transaction. */
  removeCollection(name: string): void;
  /** Replaces all aliases in one transaction. */
  writeAliases(aliases: ReadonlyMap<string, string>): void;
  close(): void;
};

/** Opens the registry of a data directory, and removes collection files that it does not know (a creation that was cut short). */
export function openRegistry(dataDir: string): Registry {
  mkdirSync(join(dataDir, 'collections'), { recursive: true });
  const db = new DatabaseSync(join(dataDir, 'registry.sqlite'));
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL');
  db.exec('CREATE TABLE IF NOT EXISTS collections (name TEXT PRIMARY KEY, file TEXT NOT NULL) STRICT');
  db.exec('CREATE TABLE IF NOT EXISTS aliases (alias TEXT PRIMARY KEY, collection TEXT NOT NULL) STRICT');
  const transaction = (work: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      db.exec('COMMIT');
    } catch (cause) {
      db.exec('ROLLBACK');
      throw cause;
    }
  };
  const collections = (): { name: string; file: string }[] =>
    db
      .prepare('SELECT name, file FROM collections ORDER BY name')
      .all()
      .map(({ name, file }) => ({ name: String(name), file: String(file) }));
  const known = new Set(collections().map(({ file }) => file));
  for (const file of readdirSync(join(dataDir, 'collections')))
    if (!known.has(file.replace(/-(?:wal|shm)$/, ''))) rmSync(join(dataDir, 'collections', file));
  return {
    collections,
    aliases: () =>
      new Map(
        db
          .prepare('SELECT alias, collection FROM aliases')
          .all()
          .map((row) => [String(row['alias']), String(row['collection'])]),
      ),
    addCollection: (name, file) => void db.prepare('INSERT OR REPLACE INTO collections (name, file) VALUES (?, ?)').run(name, file),
    removeCollection: (name) =>
      transaction(() => {
        db.prepare('DELETE FROM collections WHERE name = ?').run(name);
        db.prepare('DELETE FROM aliases WHERE collection = ?').run(name);
      }),
    writeAliases: (aliases) =>
      transaction(() => {
        db.exec('DELETE FROM aliases');
        const insert = db.prepare('INSERT INTO aliases (alias, collection) VALUES (?, ?)');
        for (const [alias, collection] of aliases) insert.run(alias, collection);
      }),
    close: () => db.close(),
  };
}
