import type { CollectionConfig, SpaceConfig } from './config.ts';
import type { PointId } from './ids.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type FieldIndex, fieldIndex } from './payload-index.ts';
import { type Slots, slotTable } from './slots.ts';
import type { CollectionFile, Row, RowChange } from './storage/file.ts';
import { type DenseSpace, denseSpace } from './vectors/dense.ts';
import { type MultiSpace, multiSpace } from './vectors/multi.ts';
import { type SparseSpace, sparseSpace } from './vectors/sparse.ts';
import type { StoredVector, StoredVectors } from './vectors/stored.ts';

export type Space = DenseSpace | MultiSpace | SparseSpace;

/** A collection in memory, and the file that is its truth (null: memory only). */
export type Collection = {
  name: string;
  config: CollectionConfig;
  readonly slots: Slots;
  readonly spaces: Map<string, Space>;
  readonly indexes: Map<string, FieldIndex>;
  readonly file: CollectionFile | null;
  /** The number of the last operation; Qdrant's `operation_id` and the points' `version`. */
  operation: number;
};

/** One change to one point, as an operation decided it. `vectors` null leaves them as they are. */
export type PointChange =
  | { kind: 'put'; id: PointId; payload: JsonObject; vectors: StoredVectors }
  | { kind: 'payload'; id: PointId; payload: JsonObject }
  | { kind: 'delete'; id: PointId };

const newSpace = (config: SpaceConfig): Space =>
  config.kind === 'sparse'
    ? sparseSpace()
    : config.kind === 'multi'
      ? multiSpace(config.dim, config.distance)
      : denseSpace(config.dim, config.distance);

/** A collection without points; with a file, its configuration is written there. */
export function createCollection(name: string, config: CollectionConfig, file: CollectionFile | null): Collection {
  const collection: Collection = {
    name,
    config,
    slots: slotTable(),
    spaces: new Map([...config.spaces].map(([key, space]) => [key, newSpace(space)])),
    indexes: new Map(),
    file,
    operation: 0,
  };
  file?.writeMeta('config', config.shown);
  return collection;
}

/** Fills an empty collection from its file. */
export function loadCollection(collection: Collection, file: CollectionFile): void {
  const schema = file.readMeta('payload_schema');
  if (isObject(schema)) for (const [key, params] of Object.entries(schema)) collection.indexes.set(key, fieldIndex(key, params));
  for (const row of file.rows()) {
    remember(collection, row);
    collection.operation = Math.max(collection.operation, row.version);
  }
  const stored = file.readMeta('operation');
  if (typeof stored === 'number') collection.operation = Math.max(collection.operation, stored);
}

function remember(collection: Collection, { slot, id, version, payload, vectors }: Row): void {
  const { slots, spaces, indexes } = collection;
  const isNew = !slots.isLive(slot);
  for (const index of indexes.values()) {
    if (!isNew) index.remove(slot, slots.payloadAt(slot));
    index.add(slot, payload);
  }
  slots.put(slot, id, version, payload);
  for (const [name, space] of spaces) {
    const vector = vectors.get(name);
    if (vector === undefined) {
      if (!isNew) space.remove(slot);
    } else putVector(space, slot, vector);
  }
}

function putVector(space: Space, slot: number, vector: StoredVector): void {
  if (space.kind === 'dense' && vector.kind === 'dense') space.put(slot, vector.data);
  else if (space.kind === 'multi' && vector.kind === 'multi') space.put(slot, vector.rows);
  else if (space.kind === 'sparse' && vector.kind === 'sparse') space.put(slot, vector);
}

/** Every vector that a point has. */
export function vectorsAt(collection: Collection, slot: number): StoredVectors {
  const vectors: StoredVectors = new Map();
  for (const [name, space] of collection.spaces) {
    if (!space.has(slot)) continue;
    if (space.kind === 'dense') vectors.set(name, { kind: 'dense', data: space.matrix.get(slot) });
    else if (space.kind === 'multi') vectors.set(name, { kind: 'multi', rows: [...space.get(slot)] });
    else vectors.set(name, { kind: 'sparse', ...(space.get(slot) ?? { indices: new Uint32Array(), values: new Float32Array() }) });
  }
  return vectors;
}

/**
 * Commits the changes of one operation to the file and then to memory, all or none, and returns the operation's number.
 *
 * Of several changes to one point the last wins.
 */
export function commit(collection: Collection, changes: readonly PointChange[]): number {
  const { slots, spaces, indexes, file } = collection;
  const byId = new Map(changes.map((change) => [change.id, change]));
  const version = collection.operation + 1;
  const missing = [...byId.values()].filter((change) => change.kind === 'put' && slots.slotOf(change.id) === undefined);
  const taken = slots.allocate(missing.length);
  // Taken from its end below: ascending slots fill SQLite's pages, descending ones split every page in halves.
  const fresh = taken.toReversed();
  const rows: RowChange[] = [];
  for (const change of byId.values()) {
    const known = slots.slotOf(change.id);
    if (change.kind === 'put') {
      const slot = known ?? fresh.pop();
      if (slot !== undefined)
        rows.push({ kind: 'put', row: { slot, id: change.id, version, payload: change.payload, vectors: change.vectors } });
    } else if (known !== undefined) {
      rows.push(
        change.kind === 'delete' ? { kind: 'delete', slot: known } : { kind: 'payload', slot: known, version, payload: change.payload },
      );
    }
  }
  try {
    if (rows.length > 0) file?.write(rows);
  } catch (cause) {
    slots.release(taken);
    throw cause;
  }
  collection.operation = version;
  for (const change of rows) {
    if (change.kind === 'put') remember(collection, change.row);
    else {
      const old = slots.payloadAt(change.slot);
      for (const index of indexes.values()) {
        index.remove(change.slot, old);
        if (change.kind === 'payload') index.add(change.slot, change.payload);
      }
      if (change.kind === 'payload') slots.setPayload(change.slot, version, change.payload);
      else {
        for (const space of spaces.values()) space.remove(change.slot);
        slots.remove(change.slot);
      }
    }
  }
  return version;
}

/** Replaces the configuration; vectors that are new in it start empty, vectors that are gone are dropped from memory. */
export function reconfigure(collection: Collection, config: CollectionConfig): void {
  collection.file?.writeMeta('config', config.shown);
  for (const [name, space] of config.spaces) if (!collection.spaces.has(name)) collection.spaces.set(name, newSpace(space));
  for (const name of collection.spaces.keys()) if (!config.spaces.has(name)) collection.spaces.delete(name);
  collection.config = config;
}

/** Creates or replaces the payload index of a key; null removes it. */
export function setIndex(collection: Collection, key: string, params: Json): void {
  const { indexes, slots } = collection;
  indexes.delete(key);
  if (params !== null) {
    const index = fieldIndex(key, params);
    for (let slot = 0; slot < slots.capacity(); slot += 1) if (slots.isLive(slot)) index.add(slot, slots.payloadAt(slot));
    indexes.set(key, index);
  }
  collection.file?.writeMeta('payload_schema', Object.fromEntries([...indexes].map(([name, { params: stored }]) => [name, stored])));
  collection.operation += 1;
}
