import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { PointId } from '../ids.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { StoredVectors } from '../vectors/stored.ts';
import { decodeVectors, encodeVectors, type Names } from './codec.ts';

/** One point as a row. `vectors` null on a write keeps the vectors that are there. */
export type Row = { slot: number; id: PointId; version: number; payload: JsonObject; vectors: StoredVectors };
export type RowChange =
  | { kind: 'put'; row: Row }
  | { kind: 'payload'; slot: number; version: number; payload: JsonObject }
  | { kind: 'delete'; slot: number };

/** A collection's SQLite file: the truth of what has been acknowledged. */
export type CollectionFile = {
  readMeta(key: string): Json;
  writeMeta(key: string, value: Json): void;
  /** Commits all changes or none. */
  write(changes: Iterable<RowChange>): void;
  rows(): Iterable<Row>;
  close(): void;
};

/**
 * Opens or creates a collection's file.
 *
 * WAL with `synchronous=NORMAL`: a commit survives the death of the process; the last ones may be lost with the machine's power
 * (SQLite, "Write-Ahead Logging", 2.3). Pages of 16 KiB, because a row with a vector of 768 dimensions takes more than 3.
 */
export function openCollectionFile(path: string): CollectionFile {
  const db = new DatabaseSync(path);
  db.exec(
    'PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32768; PRAGMA mmap_size=2147483648',
  );
  db.exec('CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
  db.exec(
    'CREATE TABLE IF NOT EXISTS points (slot INTEGER PRIMARY KEY, id ANY NOT NULL, version INTEGER NOT NULL, payload TEXT NOT NULL, vectors BLOB NOT NULL) STRICT',
  );
  const put = db.prepare('INSERT OR REPLACE INTO points (slot, id, version, payload, vectors) VALUES (?, ?, ?, ?, ?)');
  const setPayload = db.prepare('UPDATE points SET version = ?, payload = ? WHERE slot = ?');
  const drop = db.prepare('DELETE FROM points WHERE slot = ?');
  const getMeta = db.prepare('SELECT value FROM meta WHERE key = ?');
  const setMeta = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const readMeta = (key: string): Json => {
    const value = getMeta.get(key)?.['value'];
    return typeof value === 'string' ? parse(value) : null;
  };
  const writeMeta = (key: string, value: Json): void => void setMeta.run(key, JSON.stringify(value));
  const names = nameList(readMeta, writeMeta);
  const apply = (change: RowChange): void => {
    if (change.kind === 'delete') drop.run(change.slot);
    else if (change.kind === 'payload') setPayload.run(change.version, JSON.stringify(change.payload), change.slot);
    else {
      const { slot, id, version, payload, vectors } = change.row;
      put.run(slot, id, version, JSON.stringify(payload), encodeVectors(vectors, names));
    }
  };
  return {
    readMeta,
    writeMeta,
    write: (changes) => {
      db.exec('BEGIN IMMEDIATE');
      try {
        for (const change of changes) apply(change);
        db.exec('COMMIT');
      } catch (cause) {
        db.exec('ROLLBACK');
        throw cause;
      }
    },
    rows: () => readRows(db.prepare('SELECT slot, id, version, payload, vectors FROM points ORDER BY slot'), names),
    close: () => db.close(),
  };
}

function* readRows(select: StatementSync, names: Names): Generator<Row> {
  select.setReturnArrays(true);
  for (const row of select.iterate()) {
    const [slot, id, version, payload, vectors]: unknown[] = Array.isArray(row) ? row : [];
    const object = typeof payload === 'string' ? parse(payload) : null;
    if (typeof slot !== 'number' || typeof version !== 'number' || !isObject(object) || !(vectors instanceof Uint8Array)) continue;
    if (typeof id !== 'number' && typeof id !== 'string') continue;
    yield { slot, id, version, payload: object, vectors: decodeVectors(vectors, names) };
  }
}

function parse(text: string): Json {
  const value: Json = JSON.parse(text);
  return value;
}

function nameList(readMeta: (key: string) => Json, writeMeta: (key: string, value: Json) => void): Names {
  const stored = readMeta('vector_names');
  const list = Array.isArray(stored) ? stored.filter((name) => typeof name === 'string') : [];
  return {
    number: (name) => {
      const at = list.indexOf(name);
      if (at >= 0) return at;
      list.push(name);
      writeMeta('vector_names', list);
      return list.length - 1;
    },
    name: (number) => list[number] ?? '',
  };
}
