import type { Collection } from './collection.ts';
import { badRequest, strictMode } from './errors.ts';
import type { Condition, FieldTest, Filter } from './filter/parse.ts';
import { normaliseUuid } from './ids.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { arrayKey, nestedPath } from './json-path.ts';
import { type Capability, capabilities } from './payload-index.ts';
import type { StoredVectors } from './vectors/stored.ts';

const ALL: readonly Capability[] = [
  'int_match',
  'int_range',
  'keyword_match',
  'keyword_prefix',
  'float_range',
  'text',
  'text_phrase',
  'bool_match',
  'uuid_match',
  'uuid_range',
  'datetime_range',
  'geo',
];
const TYPE_NAME: Record<Capability, string> = {
  int_match: 'integer',
  int_range: 'integer',
  keyword_match: 'keyword',
  keyword_prefix: 'keyword (with prefix=true)',
  float_range: 'float',
  text: 'text',
  text_phrase: 'text (with phrase_matching=true)',
  bool_match: 'bool',
  uuid_match: 'uuid',
  uuid_range: 'uuid',
  datetime_range: 'datetime',
  geo: 'geo',
};

/** The collection's strict mode, or null when it is off (Qdrant, "Administration": strict mode). */
export function strictConfig(collection: Collection): JsonObject | null {
  const config = collection.config.shown['strict_mode_config'];
  return isObject(config) && config['enabled'] === true ? config : null;
}

/** Refuses a filter that strict mode does not allow: a key without a fitting index (400), too many or too large conditions (400). */
export function checkFilter(collection: Collection, filter: Filter | null, use: 'retrieve' | 'update'): void {
  const config = strictConfig(collection);
  if (config === null || filter === null) return;
  if (config[`unindexed_filtering_${use}`] === false) {
    const missing = unindexed(collection, filter, '');
    if (missing !== null) {
      const types = [...new Set(missing.needs.map((need) => TYPE_NAME[need]))].toSorted().join(', ');
      throw strictMode(
        `Index required but not found for "${missing.key}" of one of the following types: [${types}]`,
        'Create an index for this key or use a different filter.',
      );
    }
  }
  const most = config['filter_max_conditions'];
  const count = conditions(filter).length;
  if (typeof most === 'number' && count > most)
    throw strictMode(`Filter condition limit reached (${count} > ${most})`, 'Reduce the amount of conditions of your filter.');
  const largest = config['condition_max_size'];
  const size = Math.max(0, ...conditions(filter).map(inputSize));
  if (typeof largest === 'number' && size > largest)
    throw strictMode(`Condition size limit reached (${size} > ${largest})`, 'Reduce the size of your condition.');
}

function clauses(filter: Filter): Condition[] {
  return [...filter.must, ...filter.should, ...filter.mustNot, ...(filter.minShould?.conditions ?? [])];
}

function conditions(filter: Filter): Condition[] {
  return clauses(filter).flatMap((one) => (one.kind === 'filter' || one.kind === 'nested' ? conditions(one.filter) : [one]));
}

function inputSize(condition: Condition): number {
  if (condition.kind === 'has_id') return condition.ids.size;
  if (condition.kind !== 'field') return 0;
  return Math.max(0, ...condition.tests.map((test) => (test.kind === 'match' && 'values' in test.match ? test.match.values.length : 0)));
}

/** What index types could serve a test; none for a test that needs no index. */
function needs(test: FieldTest): Capability[] {
  if (test.kind === 'range') return test.of === 'datetime' ? ['datetime_range'] : ['float_range', 'int_range'];
  if (test.kind === 'geo') return ['geo'];
  if (test.kind !== 'match') return [...ALL];
  const { match } = test;
  if (match.kind === 'text' || match.kind === 'text_any') return ['text'];
  if (match.kind === 'phrase') return ['text_phrase'];
  if (match.kind === 'prefix') return ['keyword_prefix'];
  const values: readonly (string | number | boolean)[] = match.kind === 'value' ? [match.value] : 'values' in match ? match.values : [];
  const [first] = values;
  if (first === undefined) return [];
  if (typeof first === 'boolean') return ['bool_match'];
  if (typeof first === 'number') return ['int_match'];
  return values.every((value) => typeof value === 'string' && normaliseUuid(value) !== null)
    ? ['uuid_match', 'keyword_match']
    : ['keyword_match'];
}

function unindexed(collection: Collection, filter: Filter, prefix: string): { key: string; needs: Capability[] } | null {
  for (const condition of clauses(filter)) {
    if (condition.kind === 'filter' || condition.kind === 'nested') {
      const inner = condition.kind === 'filter' ? prefix : nestedPath(prefix, arrayKey(condition.key));
      const found = unindexed(collection, condition.filter, inner);
      if (found !== null) return found;
    } else if (condition.kind === 'field' || condition.kind === 'is_empty' || condition.kind === 'is_null') {
      const wanted = condition.kind === 'field' ? condition.tests.flatMap(needs) : [...ALL];
      const key = nestedPath(prefix, condition.key.text);
      const able = capabilities(collection.indexes.get(key)?.params);
      if (wanted.length > 0 && !wanted.some((one) => able.includes(one))) return { key, needs: wanted };
    }
  }
  return null;
}

/** Refuses a `limit` (or another number) above the strict mode's. */
export function checkLimit(collection: Collection, value: number | null, key: string, name: string): void {
  const limit = strictConfig(collection)?.[key];
  if (typeof limit === 'number' && value !== null && value > limit)
    throw strictMode(`Limit exceeded ${value} > ${limit} for "${name}"`, `Reduce the "${name}" parameter to or below ${limit}.`);
}

/** Refuses search parameters that strict mode does not allow. */
export function checkSearchParams(collection: Collection, params: Json | undefined): void {
  const config = strictConfig(collection);
  if (config === null || !isObject(params)) return;
  if (config['search_allow_exact'] === false && params['exact'] === true) throw strictMode('Exact search disabled!', 'Set exact=false.');
  const quantization = params['quantization'];
  const number = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);
  checkLimit(collection, isObject(quantization) ? number(quantization['oversampling']) : null, 'search_max_oversampling', 'oversampling');
  checkLimit(collection, number(params['hnsw_ef']), 'search_max_hnsw_ef', 'hnsw_ef');
}

/** Refuses to group by, or facet on, a key without an index that can match. */
export function checkMatchable(collection: Collection, key: string): void {
  if (strictConfig(collection)?.['unindexed_filtering_retrieve'] !== false) return;
  const index = collection.indexes.get(key);
  if (index === undefined)
    throw strictMode(`Index required but not found for "${key}"`, 'Create an index supporting `match` for this key.');
  if (index.values() === null)
    throw strictMode(
      `Index of type "${index.type[0]?.toUpperCase()}${index.type.slice(1)}" found for "${key}"`,
      'Create an index supporting `match` for this key.',
    );
}

/** Refuses an upsert once the collection has as many points as strict mode allows. */
export function checkPointCount(collection: Collection): void {
  const most = strictConfig(collection)?.['max_points_count'];
  if (typeof most === 'number' && collection.slots.count() >= most) throw badRequest(`Max points count limit of ${most} reached!`);
}

/** Refuses sparse vectors and multivectors that are longer than strict mode allows. */
export function checkVectors(collection: Collection, vectors: StoredVectors): void {
  const config = strictConfig(collection);
  if (config === null) return;
  for (const [name, vector] of vectors) {
    const limits = vector.kind === 'multi' ? config['multivector_config'] : vector.kind === 'sparse' ? config['sparse_config'] : null;
    const limit = isObject(limits) ? limits[name] : null;
    const most = isObject(limit) ? limit[vector.kind === 'multi' ? 'max_vectors' : 'max_length'] : null;
    if (typeof most !== 'number') continue;
    if (vector.kind === 'multi' && vector.rows.length > most)
      throw badRequest(`Multivector '${name}' has a limit of ${most} vectors, but ${vector.rows.length} were provided!`);
    if (vector.kind === 'sparse' && vector.indices.length > most)
      throw badRequest(`Sparse vector '${name}' has a limit of ${most} indices, but ${vector.indices.length} were provided!`);
  }
}
