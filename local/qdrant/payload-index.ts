import { badFormat, invalid } from './errors.ts';
import { parseDatetime } from './filter/datetime.ts';
import { geoPoint } from './filter/geo.ts';
import { normaliseUuid } from './ids.ts';
import { booleanOr, isObject, type Json, type JsonObject } from './json.ts';
import { flatValuesAt, jsonPath } from './json-path.ts';
import { type TextAnalyser, textAnalyser } from './text.ts';

export const INDEX_TYPES = ['keyword', 'integer', 'float', 'geo', 'text', 'bool', 'datetime', 'uuid'] as const;
export type IndexType = (typeof INDEX_TYPES)[number];
type Key = string | number | boolean;

/** A payload index: which points have an indexed value, and for the types that are matched exactly, which points have which. */
export type FieldIndex = {
  readonly type: IndexType;
  /** As it was given: a type's name, or its parameters. */
  readonly params: Json;
  readonly analyser: TextAnalyser | null;
  add(slot: number, payload: JsonObject): void;
  remove(slot: number, payload: JsonObject): void;
  /** The points with a value; null when the type keeps no such list. */
  slotsWith(value: Key): ReadonlySet<number> | null;
  /** Every value and its points, for facets; null when the type keeps no such list. */
  values(): ReadonlyMap<Key, ReadonlySet<number>> | null;
  points(): number;
};

/** The type of an index from `field_schema`; 400 or 422 when it is none. */
export function indexType(params: Json | undefined): IndexType {
  const name = isObject(params) ? params['type'] : params;
  const type = INDEX_TYPES.find((known) => known === name);
  if (type === undefined) throw badFormat('data did not match any variant of untagged enum PayloadFieldSchema');
  if (isObject(params) && type === 'integer') {
    const [lookup, range] = [booleanOr(params['lookup'], 'lookup', true), booleanOr(params['range'], 'range', true)];
    if (!lookup && !range) throw invalid('field_schema', "Validation error: the 'lookup' and 'range' capabilities can't be both disabled");
  }
  return type;
}

/** What of a payload value an index of a type takes in; null when the value is not of the type. */
function indexed(type: IndexType, value: Json): Key | null {
  switch (type) {
    case 'keyword':
    case 'text':
      return typeof value === 'string' ? value : null;
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) ? value : null;
    case 'float':
      return typeof value === 'number' ? value : null;
    case 'bool':
      return typeof value === 'boolean' ? value : null;
    case 'datetime':
      return typeof value === 'string' ? parseDatetime(value) : null;
    case 'uuid':
      return typeof value === 'string' ? normaliseUuid(value) : null;
    case 'geo':
      return geoPoint(value) === null ? null : true;
  }
}

/** An empty index of a key. */
export function fieldIndex(key: string, params: Json): FieldIndex {
  const type = indexType(params);
  const path = jsonPath(key);
  const exact = type === 'keyword' || type === 'integer' || type === 'bool' || type === 'uuid';
  const lists = new Map<Key, Set<number>>();
  let points = 0;
  const valuesOf = (payload: JsonObject): Set<Key> =>
    new Set(
      flatValuesAt(payload, path)
        .map((value) => indexed(type, value))
        .filter((value) => value !== null),
    );
  return {
    type,
    params,
    analyser: type === 'text' ? textAnalyser(isObject(params) ? params : {}) : null,
    add: (slot, payload) => {
      const values = valuesOf(payload);
      if (values.size > 0) points += 1;
      if (!exact) return;
      for (const value of values) {
        const list = lists.get(value);
        if (list === undefined) lists.set(value, new Set([slot]));
        else list.add(slot);
      }
    },
    remove: (slot, payload) => {
      const values = valuesOf(payload);
      if (values.size > 0) points -= 1;
      if (!exact) return;
      for (const value of values) {
        const list = lists.get(value);
        list?.delete(slot);
        if (list?.size === 0) lists.delete(value);
      }
    },
    slotsWith: (value) => (exact ? (lists.get(value) ?? new Set()) : null),
    values: () => (exact ? lists : null),
    points: () => points,
  };
}

/** What a condition on the key may ask of the index (Qdrant, "Indexing"; `problems/unindexed_field.rs`). */
export type Capability =
  | 'int_match'
  | 'int_range'
  | 'keyword_match'
  | 'keyword_prefix'
  | 'float_range'
  | 'text'
  | 'text_phrase'
  | 'bool_match'
  | 'uuid_match'
  | 'uuid_range'
  | 'datetime_range'
  | 'geo';

/** What an index of these parameters can do. */
export function capabilities(params: Json | undefined): Capability[] {
  if (params === undefined) return [];
  const options = isObject(params) ? params : {};
  switch (indexType(params)) {
    case 'keyword':
      return options['prefix'] === true ? ['keyword_match', 'keyword_prefix'] : ['keyword_match'];
    case 'integer': {
      const able: Capability[] = [];
      if (options['lookup'] !== false) able.push('int_match');
      if (options['range'] !== false) able.push('int_range');
      return able;
    }
    case 'float':
      return ['float_range'];
    case 'text':
      return options['phrase_matching'] === true ? ['text', 'text_phrase'] : ['text'];
    case 'bool':
      return ['bool_match'];
    case 'uuid':
      return ['uuid_match', 'uuid_range'];
    case 'datetime':
      return ['datetime_range'];
    case 'geo':
      return ['geo'];
  }
}
