import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Collection, createCollection, loadCollection } from './collection.ts';
import { type CollectionConfig, createConfig, parseSpaces } from './config.ts';
import { alreadyExists, badInput, noCollection, notFound } from './errors.ts';
import { isObject, type JsonObject } from './json.ts';
import { type CollectionFile, openCollectionFile, type RowChange } from './storage/file.ts';
import { openRegistry } from './storage/registry.ts';

export type AliasAction =
  | { kind: 'create'; alias: string; collection: string }
  | { kind: 'delete'; alias: string }
  | { kind: 'rename'; from: string; to: string };

/** All collections of one server. */
export type Engine = {
  /** By name or alias; 404 when there is none. */
  find(name: string): Collection;
  has(name: string): boolean;
  names(): string[];
  aliases(): ReadonlyMap<string, string>;
  create(name: string, body: JsonObject): void;
  /** Whether there was one; an alias is not followed. */
  remove(name: string): boolean;
  /** All actions or none, in one step. */
  changeAliases(actions: readonly AliasAction[]): void;
  /** Replaces a collection, by name or alias, or makes it, with what a snapshot file holds: all of it or nothing; 400 where the vectors differ. */
  restore(name: string, snapshot: CollectionFile): void;
  readonly snapshotDir: string;
  close(): void;
};

/** The configuration that was stored, as the engine needs it. */
function storedConfig(file: CollectionFile): CollectionConfig | null {
  const shown = file.readMeta('config');
  if (!isObject(shown) || !isObject(shown['params'])) return null;
  return { shown, spaces: parseSpaces(shown['params']['vectors'], shown['params']['sparse_vectors']) };
}

/** The dense vectors of a configuration, to be compared: `recover.rs` refuses a snapshot whose are others. */
function denseShape({ spaces }: CollectionConfig): string {
  return JSON.stringify([...spaces].filter(([, { kind }]) => kind !== 'sparse').toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function* puts(file: CollectionFile): Generator<RowChange> {
  for (const row of file.rows()) yield { kind: 'put', row };
}

/** Opens the collections of a data directory; null keeps everything in memory. `strictMode`: what a collection has when it asks for nothing. */
export function openEngine(options: { dataDir: string | null; snapshotDir: string; strictMode: JsonObject | null }): Engine {
  const { dataDir } = options;
  const registry = dataDir === null ? null : openRegistry(dataDir);
  const collections = new Map<string, Collection>();
  const files = new Map<string, string>();
  const pathOf = (file: string): string => join(dataDir ?? '', 'collections', file);
  for (const { name, file: fileName } of registry?.collections() ?? []) {
    const file = openCollectionFile(pathOf(fileName));
    const config = storedConfig(file);
    if (config === null) continue;
    const collection = createCollection(name, config, file);
    loadCollection(collection, file);
    collections.set(name, collection);
    files.set(name, fileName);
  }
  let aliases = registry?.aliases() ?? new Map<string, string>();

  const dropFile = (file: CollectionFile | null, fileName: string | undefined): void => {
    file?.close();
    if (dataDir === null || fileName === undefined) return;
    for (const suffix of ['', '-wal', '-shm']) rmSync(pathOf(fileName) + suffix, { force: true });
  };
  /** Fills a collection in a file that nothing knows yet, then puts it in the place of what has its name: all of it, or nothing. */
  const add = (name: string, config: CollectionConfig, fill: (collection: Collection) => void): void => {
    const fileName = `${randomUUID()}.sqlite`;
    const file = dataDir === null ? null : openCollectionFile(pathOf(fileName));
    const collection = createCollection(name, config, file);
    try {
      fill(collection);
      registry?.addCollection(name, fileName);
    } catch (cause) {
      dropFile(file, fileName);
      throw cause;
    }
    const [old, oldName] = [collections.get(name), files.get(name)];
    files.set(name, fileName);
    collections.set(name, collection);
    if (old !== undefined) dropFile(old.file, oldName);
  };
  return {
    find: (name) => {
      const collection = collections.get(aliases.get(name) ?? name);
      if (collection === undefined) throw noCollection(name);
      return collection;
    },
    has: (name) => collections.has(aliases.get(name) ?? name),
    names: () => [...collections.keys()].toSorted(),
    aliases: () => aliases,
    create: (name, body) => {
      const config = createConfig(body, options.strictMode);
      if (collections.has(name)) throw alreadyExists(`Collection \`${name}\` already exists!`);
      if (aliases.has(name)) throw badInput(`Can't create collection with name ${name}. Alias with the same name already exists`);
      add(name, config, () => undefined);
    },
    remove: (name) => {
      const collection = collections.get(name);
      if (collection === undefined) return false;
      registry?.removeCollection(name);
      collections.delete(name);
      aliases = new Map([...aliases].filter(([, target]) => target !== name));
      dropFile(collection.file, files.get(name));
      return true;
    },
    changeAliases: (actions) => {
      const next = new Map(aliases);
      for (const action of actions) {
        if (action.kind === 'create') {
          if (!collections.has(action.collection)) throw noCollection(action.collection);
          if (collections.has(action.alias)) throw alreadyExists(`Collection \`${action.alias}\` already exists!`);
          next.set(action.alias, action.collection);
        } else if (action.kind === 'delete') next.delete(action.alias);
        else {
          const target = next.get(action.from);
          if (target === undefined) throw notFound(`Alias ${action.from} does not exists!`);
          next.delete(action.from);
          next.set(action.to, target);
        }
      }
      registry?.writeAliases(next);
      aliases = next;
    },
    restore: (name, snapshot) => {
      const config = storedConfig(snapshot);
      if (config === null) throw notFound('the snapshot holds no collection');
      const target = aliases.get(name) ?? name;
      const present = collections.get(target);
      if (present !== undefined && denseShape(present.config) !== denseShape(config))
        throw badInput(
          `Snapshot is not compatible with existing collection: Collection vectors: ${denseShape(present.config)} Snapshot Vectors: ${denseShape(config)}`,
        );
      add(target, config, (collection) => {
        for (const key of ['payload_schema', 'operation']) collection.file?.writeMeta(key, snapshot.readMeta(key));
        collection.file?.write(puts(snapshot));
        loadCollection(collection, snapshot);
      });
    },
    snapshotDir: options.snapshotDir,
    close: () => {
      for (const { file } of collections.values()) file?.close();
      registry?.close();
    },
  };
}
