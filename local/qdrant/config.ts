import { badFormat, badInput, invalid } from './errors.ts';
import { booleanOr, countOr, isObject, type Json, type JsonObject, object, required } from './json.ts';
import type { Distance } from './vectors/dense.ts';

/** What a named vector is. The empty name is the collection's only, unnamed vector. */
export type SpaceConfig =
  | { kind: 'dense' | 'multi'; dim: number; distance: Distance; datatype: 'float32' | 'float16' | 'uint8' }
  | { kind: 'sparse'; idf: boolean };

/** A collection's configuration as Qdrant shows it, and what the engine needs of it. */
export type CollectionConfig = { shown: JsonObject; spaces: Map<string, SpaceConfig> };

const DISTANCES: readonly Distance[] = ['Cosine', 'Dot', 'Euclid', 'Manhattan'];
const NAME_MAX_BYTES = 200;

// What Qdrant 1.19 shows for a collection created without options (config/config.yaml, docs/redoc).
const HNSW: JsonObject = { m: 16, ef_construct: 100, full_scan_threshold: 10_000, max_indexing_threads: 0, on_disk: false };
const OPTIMIZER: JsonObject = {
  deleted_threshold: 0.2,
  vacuum_min_vector_number: 1_000,
  default_segment_number: 0,
  max_segment_size: null,
  memmap_threshold: null,
  indexing_threshold: 10_000,
  flush_interval_sec: 5,
  max_optimization_threads: null,
};
const WAL: JsonObject = { wal_capacity_mb: 32, wal_segments_ahead: 0, wal_retain_closed: 1 };
/** The part of Qdrant Cloud's default strict mode that changes what a request is answered. */
export const CLOUD_STRICT_MODE: JsonObject = { enabled: true, unindexed_filtering_retrieve: false, unindexed_filtering_update: false };

/** Objects without their null fields; `patch` wins. */
export function merged(base: Json | undefined, patch: Json | undefined): JsonObject {
  const result: JsonObject = isObject(base) ? { ...base } : {};
  if (isObject(patch)) for (const [key, value] of Object.entries(patch)) if (value !== null) result[key] = value;
  return result;
}

/** One dense vector's parameters: 400 for a wrong shape, 422 for a size outside 1–65536. */
export function denseConfig(value: Json, field: string): SpaceConfig {
  const from = object(value, 'VectorParams');
  const dim = countOr(required(from, 'size'), 'size', 0);
  if (dim < 1 || dim > 65_536) throw invalid(`${field}size`, `value ${dim} invalid, must be from 1 to 65536`);
  const distance = DISTANCES.find((name) => name === from['distance']);
  if (distance === undefined)
    throw badFormat(
      `unknown variant \`${JSON.stringify(from['distance'] ?? null)}\`, expected one of ${DISTANCES.map((d) => `\`${d}\``).join(', ')}`,
    );
  // turbo4 quantises inside the storage; what is shown of a vector stays close to what was given, so it is kept as it is.
  const datatype = from['datatype'] === 'uint8' || from['datatype'] === 'float16' ? from['datatype'] : 'float32';
  return { kind: isObject(from['multivector_config']) ? 'multi' : 'dense', dim, distance, datatype };
}

/** One sparse vector's parameters. */
export function sparseConfig(value: Json): SpaceConfig {
  const modifier = isObject(value) ? value['modifier'] : null;
  if (modifier !== undefined && modifier !== null && modifier !== 'idf' && modifier !== 'none')
    throw badFormat(`unknown variant \`${JSON.stringify(modifier)}\`, expected \`none\` or \`idf\``);
  return { kind: 'sparse', idf: modifier === 'idf' };
}

/** The engine's view of `params.vectors` and `params.sparse_vectors`. */
export function parseSpaces(vectors: Json | undefined, sparse: Json | undefined): Map<string, SpaceConfig> {
  const spaces = new Map<string, SpaceConfig>();
  if (isObject(vectors)) {
    if ('size' in vectors || 'distance' in vectors) spaces.set('', denseConfig(vectors, 'vectors.'));
    else for (const [name, one] of Object.entries(vectors)) spaces.set(vectorName(name), denseConfig(one, `vectors.${name}.`));
  }
  if (isObject(sparse))
    for (const [name, one] of Object.entries(sparse)) {
      if (name === '') throw badInput('Sparse vector name cannot be empty');
      if (spaces.has(name)) throw badInput(`Dense and sparse vector names must be unique - duplicate found with '${name}'`);
      spaces.set(vectorName(name), sparseConfig(one));
    }
  return spaces;
}

/** The first character that a name must not have, because it becomes a directory (`validation.rs`). */
const badCharacter = (name: string): string | undefined => Array.from('<>:"/\\|?*\0\u001F').find((c) => name.includes(c));

/** A vector's name, checked as Qdrant does. */
export function vectorName(name: string): string {
  if (Buffer.byteLength(name) > NAME_MAX_BYTES) throw badInput(`vector name must be at most ${NAME_MAX_BYTES} bytes long`);
  const bad = badCharacter(name);
  if (bad !== undefined) throw badInput(`vector name cannot contain "${bad}" char`);
  return name;
}

/** The configuration of a collection to create, from the request's body. */
export function createConfig(body: JsonObject, defaultStrictMode: JsonObject | null): CollectionConfig {
  const spaces = parseSpaces(body['vectors'], body['sparse_vectors']);
  checkTuning(body);
  for (const key of ['shard_number', 'replication_factor', 'write_consistency_factor']) countOr(body[key], key, 1, 1);
  const params: JsonObject = {
    ...(isObject(body['vectors']) && { vectors: body['vectors'] }),
    shard_number: body['shard_number'] ?? 1,
    ...(typeof body['sharding_method'] === 'string' && { sharding_method: body['sharding_method'] }),
    replication_factor: body['replication_factor'] ?? 1,
    write_consistency_factor: body['write_consistency_factor'] ?? 1,
    on_disk_payload: booleanOr(body['on_disk_payload'], 'on_disk_payload', true),
    ...(isObject(body['sparse_vectors']) && { sparse_vectors: body['sparse_vectors'] }),
  };
  const strict =
    defaultStrictMode === null && !isObject(body['strict_mode_config'])
      ? null
      : merged(defaultStrictMode ?? {}, body['strict_mode_config']);
  const shown: JsonObject = {
    params,
    hnsw_config: merged(HNSW, body['hnsw_config']),
    optimizer_config: merged(OPTIMIZER, body['optimizers_config']),
    wal_config: merged(WAL, body['wal_config']),
    quantization_config: body['quantization_config'] ?? body['quantization'] ?? null,
    ...(strict !== null && { strict_mode_config: { enabled: false, ...strict } }),
    ...(isObject(body['metadata']) && { metadata: body['metadata'] }),
  };
  return { shown, spaces };
}

/** The configuration after `PATCH /collections/{c}`: given values replace, metadata keys merge (a null value removes its key). */
export function patchConfig(config: CollectionConfig, body: JsonObject): CollectionConfig {
  checkTuning(body);
  const shown = { ...config.shown };
  const params = merged(shown['params'], body['params']);
  for (const kind of ['vectors', 'sparse_vectors'] as const) {
    const patch = body[kind];
    if (!isObject(patch)) continue;
    const present = isObject(params[kind]) ? { ...params[kind] } : {};
    for (const [name, change] of Object.entries(patch)) {
      if (!config.spaces.has(name)) throw badInput(`Not existing vector name error: ${name}`);
      const next = merged(name === '' ? present : present[name], change);
      if (next['quantization_config'] === 'Disabled') delete next['quantization_config'];
      if (name === '') Object.assign(present, next);
      else present[name] = next;
    }
    params[kind] = present;
  }
  shown['params'] = params;
  shown['hnsw_config'] = merged(shown['hnsw_config'], body['hnsw_config']);
  shown['optimizer_config'] = merged(shown['optimizer_config'], body['optimizers_config']);
  if (isObject(body['quantization_config'])) shown['quantization_config'] = body['quantization_config'];
  else if (body['quantization_config'] === 'Disabled') shown['quantization_config'] = null;
  if (isObject(body['strict_mode_config']))
    shown['strict_mode_config'] = { enabled: false, ...merged(shown['strict_mode_config'], body['strict_mode_config']) };
  if (isObject(body['metadata'])) {
    const metadata: JsonObject = isObject(shown['metadata']) ? { ...shown['metadata'] } : {};
    for (const [key, value] of Object.entries(body['metadata'])) {
      if (value === null) delete metadata[key];
      else metadata[key] = value;
    }
    shown['metadata'] = metadata;
  }
  return { shown, spaces: parseSpaces(params['vectors'], params['sparse_vectors']) };
}

/** The ranges that Qdrant checks of parameters which an exact search does not use. */
function checkTuning(body: JsonObject): void {
  const hnsw = body['hnsw_config'];
  if (isObject(hnsw)) {
    countOr(hnsw['m'], 'hnsw_config.m', null);
    countOr(hnsw['ef_construct'], 'hnsw_config.ef_construct', null, 4);
  }
  const optimizers = body['optimizers_config'];
  if (isObject(optimizers)) countOr(optimizers['vacuum_min_vector_number'], 'optimizers_config.vacuum_min_vector_number', null, 100);
  const wal = body['wal_config'];
  if (isObject(wal)) countOr(wal['wal_capacity_mb'], 'wal_config.wal_capacity_mb', null, 1);
  const strict = body['strict_mode_config'];
  if (isObject(strict)) for (const key of ['max_query_limit', 'max_timeout']) countOr(strict[key], `strict_mode_config.${key}`, null, 1);
}

/** A collection's name from a path: 422 as Qdrant 1.19 gives it. One that is `created` may have fewer characters than one of old. */
export function collectionName(value: string | undefined, created = false): string {
  const name = value ?? '';
  const refuse = (problem: string): Error => invalid('collection_name', problem, 'path parameters');
  if (name.length < 1 || Buffer.byteLength(name) > 255) throw refuse(`value "${name}" invalid, must be from 1 to 255 characters`);
  const bad = created ? badCharacter(name) : Array.from('/\0').find((c) => name.includes(c));
  if (bad !== undefined) throw refuse(`collection name cannot contain "${bad}" char`);
  return name;
}
