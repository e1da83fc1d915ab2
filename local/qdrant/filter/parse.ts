import { badFormat, invalid } from '../errors.ts';
import { type PointId, pointId } from '../ids.ts';
import { array, isObject, type Json, type JsonObject, number, object, oneOrMany, onlyFields, required, string } from '../json.ts';
import { type JsonPath, jsonPath } from '../json-path.ts';
import { parseDatetime } from './datetime.ts';
import { type GeoShape, parseGeo } from './geo.ts';

export type Match =
  | { kind: 'value'; value: string | number | boolean }
  | { kind: 'text' | 'text_any' | 'phrase' | 'prefix'; text: string }
  | { kind: 'any' | 'except'; values: readonly (string | number)[] };
export type Bounds = { gt: number | null; gte: number | null; lt: number | null; lte: number | null };
export type FieldTest =
  | { kind: 'match'; match: Match }
  | { kind: 'range'; of: 'number' | 'datetime'; bounds: Bounds }
  | { kind: 'geo'; shape: GeoShape }
  | { kind: 'values_count'; bounds: Bounds }
  | { kind: 'is_empty' | 'is_null'; value: boolean };
export type Condition =
  | { kind: 'field'; key: JsonPath; tests: readonly FieldTest[] }
  | { kind: 'is_empty' | 'is_null'; key: JsonPath }
  | { kind: 'has_id'; ids: ReadonlySet<PointId> }
  | { kind: 'has_vector'; name: string }
  | { kind: 'slice'; total: bigint; index: bigint }
  | { kind: 'nested'; key: string; filter: Filter }
  | { kind: 'filter'; filter: Filter };
export type Filter = {
  must: readonly Condition[];
  should: readonly Condition[];
  mustNot: readonly Condition[];
  minShould: { conditions: readonly Condition[]; count: number } | null;
};

/** Reads a filter (Qdrant, "Filtering"); null when absent. Unknown clauses are 400, as in Qdrant (`deny_unknown_fields`). */
export function parseFilter(value: Json | undefined): Filter | null {
  if (value === undefined || value === null) return null;
  const from = object(value, 'Filter');
  onlyFields(from, ['should', 'min_should', 'must', 'must_not']);
  const list = (key: string): Condition[] => oneOrMany(from[key]).map(parseCondition);
  let minShould: Filter['minShould'] = null;
  if (isObject(from['min_should'])) {
    const count = number(required(from['min_should'], 'min_count'), 'min_count');
    if (count < 1) throw invalid('filter.min_should.min_count', 'min_count must be greater than 0');
    minShould = { conditions: array(required(from['min_should'], 'conditions'), 'conditions').map(parseCondition), count };
  }
  return { must: list('must'), should: list('should'), mustNot: list('must_not'), minShould };
}

function parseCondition(value: Json): Condition {
  const from = object(value, 'Condition');
  if (typeof from['key'] === 'string') return { kind: 'field', key: jsonPath(from['key']), tests: parseTests(from) };
  if (isObject(from['is_empty'])) return { kind: 'is_empty', key: jsonPath(string(from['is_empty']['key'], 'key')) };
  if (isObject(from['is_null'])) return { kind: 'is_null', key: jsonPath(string(from['is_null']['key'], 'key')) };
  if (from['has_id'] !== undefined) return { kind: 'has_id', ids: new Set(array(from['has_id'], 'has_id').map(pointId)) };
  if (typeof from['has_vector'] === 'string') return { kind: 'has_vector', name: from['has_vector'] };
  if (isObject(from['slice'])) return parseSlice(from['slice']);
  if (isObject(from['nested'])) {
    const filter = parseFilter(required(from['nested'], 'filter'));
    if (filter === null) throw badFormat('missing field `filter`');
    return { kind: 'nested', key: string(from['nested']['key'], 'key'), filter };
  }
  const clauses = ['must', 'should', 'must_not', 'min_should'].some((key) => key in from);
  const filter = clauses || Object.keys(from).length === 0 ? parseFilter(from) : null;
  if (filter === null) throw badFormat('data did not match any variant of untagged enum Condition');
  return { kind: 'filter', filter };
}

/** 400 for what is no slice, 422 for one that does not exist (`validate_slice_condition`, lib/segment/src/types.rs). */
function parseSlice(from: JsonObject): Condition {
  const [total, index] = [number(required(from, 'total'), 'total'), number(required(from, 'index'), 'index')];
  if (!(Number.isInteger(total) && total >= 1 && Number.isInteger(index) && index >= 0))
    throw badFormat('data did not match any variant of untagged enum Condition');
  if (index >= total) throw invalid('filter', 'Slice index must be less than the total number of slices');
  return { kind: 'slice', total: BigInt(total), index: BigInt(index) };
}

function parseTests(from: JsonObject): FieldTest[] {
  const tests: FieldTest[] = [];
  const has = (key: string): boolean => from[key] !== undefined && from[key] !== null;
  if (has('match')) tests.push({ kind: 'match', match: parseMatch(object(from['match'], 'Match')) });
  if (has('range')) tests.push(parseRange(object(from['range'], 'Range')));
  for (const key of ['geo_bounding_box', 'geo_radius', 'geo_polygon'] as const)
    if (has(key)) tests.push({ kind: 'geo', shape: parseGeo(key, object(from[key], key)) });
  if (has('values_count'))
    tests.push({ kind: 'values_count', bounds: bounds(object(from['values_count'], 'ValuesCount'), (n) => number(n, 'values_count')) });
  for (const key of ['is_empty', 'is_null'] as const) {
    const flag = from[key];
    if (typeof flag === 'boolean') tests.push({ kind: key, value: flag });
  }
  if (tests.length === 0) throw invalid('filter', 'At least one field condition must be specified');
  return tests;
}

function parseMatch(from: JsonObject): Match {
  for (const key of ['text', 'text_any', 'phrase', 'prefix'] as const) {
    const text = from[key];
    if (typeof text === 'string') return { kind: key, text };
  }
  for (const key of ['any', 'except'] as const)
    if (from[key] !== undefined) {
      const values = array(from[key], key);
      const strings = values.filter((value) => typeof value === 'string');
      const integers = values.filter((value) => typeof value === 'number' && Number.isInteger(value)).map(Number);
      if (strings.length !== values.length && integers.length !== values.length)
        throw badFormat('data did not match any variant of untagged enum AnyVariants');
      return { kind: key, values: strings.length === values.length ? strings : integers };
    }
  const value = from['value'];
  if (typeof value === 'string' || typeof value === 'boolean') return { kind: 'value', value };
  if (typeof value === 'number' && Number.isInteger(value)) return { kind: 'value', value };
  throw badFormat('data did not match any variant of untagged enum MatchInterface');
}

function bounds(from: JsonObject, read: (value: Json) => number): Bounds {
  const one = (key: string): number | null => {
    const value = from[key];
    return value === undefined || value === null ? null : read(value);
  };
  return { gt: one('gt'), gte: one('gte'), lt: one('lt'), lte: one('lte') };
}

function parseRange(from: JsonObject): FieldTest {
  const datetime = ['gt', 'gte', 'lt', 'lte'].some((key) => typeof from[key] === 'string');
  if (!datetime) return { kind: 'range', of: 'number', bounds: bounds(from, (value) => number(value, 'range')) };
  const read = (value: Json): number => {
    const at = typeof value === 'string' ? parseDatetime(value) : null;
    if (at === null) throw badFormat('data did not match any variant of untagged enum RangeInterface');
    return at;
  };
  return { kind: 'range', of: 'datetime', bounds: bounds(from, read) };
}

/**
 * A query's filter and its prefetch's as Qdrant joins them: clause by clause.
 *
 * So two `should` become one list of which any may hold, not two that must both (`Filter::merge_owned`, lib/segment/src/types.rs).
 */
export function mergeFilters(a: Filter | null, b: Filter | null): Filter | null {
  if (a === null || b === null) return a ?? b;
  const minShould =
    a.minShould === null || b.minShould === null
      ? (a.minShould ?? b.minShould)
      : { conditions: [...a.minShould.conditions, ...b.minShould.conditions], count: Math.max(a.minShould.count, b.minShould.count) };
  return { must: [...a.must, ...b.must], should: [...a.should, ...b.should], mustNot: [...a.mustNot, ...b.mustNot], minShould };
}
