import type { PointId } from '../ids.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { arrayKey, type JsonPath, jsonPath, nestedPath, ownValue, valuesAt } from '../json-path.ts';
import type { TextAnalyser } from '../text.ts';
import { parseDatetime } from './datetime.ts';
import { geoPoint, inShape } from './geo.ts';
import { sliceHash } from './slice.ts';
import type { Bounds, Condition, FieldTest, Filter, Match } from './parse.ts';

/** What a filter can see of a collection, by slot. */
export type Filterable = {
  idAt(slot: number): PointId;
  payloadAt(slot: number): JsonObject;
  hasVector(name: string, slot: number): boolean;
  /** The analyser of a text index, where one exists: it changes what `match: {text}` means. */
  textAnalyser(key: string): TextAnalyser | null;
};
type Check = (payload: JsonObject, slot: number) => boolean;

const within = (value: number, { gt, gte, lt, lte }: Bounds): boolean =>
  (gt === null || value > gt) && (gte === null || value >= gte) && (lt === null || value < lt) && (lte === null || value <= lte);

function compileMatch(match: Match, analyser: TextAnalyser | null): (value: Json) => boolean {
  switch (match.kind) {
    case 'value':
      return (value) => value === match.value;
    case 'any': {
      const values = new Set<Json>(match.values);
      return (value) => values.has(value);
    }
    case 'except': {
      const values = new Set<Json>(match.values);
      return (value) => value !== null && !values.has(value);
    }
    case 'prefix':
      return (value) => typeof value === 'string' && value.startsWith(match.text);
    case 'text':
    case 'text_any':
    case 'phrase': {
      if (analyser !== null) return analyser.matcher(match.kind, match.text);
      // Without a text index Qdrant looks for the words as substrings (condition_checker.rs).
      const words = match.kind === 'text_any' ? match.text.split(/\s+/).filter(Boolean) : [match.text];
      return (value) => typeof value === 'string' && words.some((word) => value.includes(word));
    }
  }
}

/** One value of a field against one test; arrays are opened once, except where the test is about the array itself. */
function compileTest(test: FieldTest, analyser: TextAnalyser | null): (value: Json) => boolean {
  switch (test.kind) {
    case 'match': {
      const match = compileMatch(test.match, analyser);
      return (value) => (Array.isArray(value) ? value.some(match) : match(value));
    }
    case 'range': {
      const read = (value: Json): number | null =>
        test.of === 'number' ? (typeof value === 'number' ? value : null) : typeof value === 'string' ? parseDatetime(value) : null;
      const one = (value: Json): boolean => {
        const at = read(value);
        return at !== null && within(at, test.bounds);
      };
      return (value) => (Array.isArray(value) ? value.some(one) : one(value));
    }
    case 'geo': {
      const one = (value: Json): boolean => {
        const point = geoPoint(value);
        return point !== null && inShape(point, test.shape);
      };
      return (value) => (Array.isArray(value) ? value.some(one) : one(value));
    }
    case 'values_count':
      return (value) => within(Array.isArray(value) ? value.length : value === null ? 0 : 1, test.bounds);
    case 'is_empty':
      return (value) => (value === null || (Array.isArray(value) && value.length === 0)) === test.value;
    case 'is_null':
      return (value) => (value === null || (Array.isArray(value) && value.includes(null))) === test.value;
  }
}

/** What the condition says of a field that is missing. */
function onMissing(tests: readonly FieldTest[]): boolean {
  for (const test of tests) {
    if (test.kind === 'values_count') return within(0, test.bounds);
    if (test.kind === 'is_empty') return test.value;
    if (test.kind === 'is_null') return !test.value;
  }
  return false;
}

function compileField(key: JsonPath, tests: readonly FieldTest[], analyser: TextAnalyser | null): Check {
  const missing = onMissing(tests);
  // Several tests in one condition: the counting ones win, the others are alternatives (condition_checker.rs).
  const special = tests.find((test) => test.kind === 'values_count' || test.kind === 'is_empty' || test.kind === 'is_null');
  const checks = (special ? [special] : tests).map((test) => compileTest(test, analyser));
  const [only] = checks;
  const check = checks.length === 1 && only ? only : (value: Json): boolean => checks.some((one) => one(value));
  if (key.steps.length === 1) {
    const name = String(key.steps[0]?.at);
    return (payload) => {
      const value = ownValue(payload, name);
      return value === undefined ? missing : check(value);
    };
  }
  return (payload) => {
    const values = valuesAt(payload, key);
    return values.length === 0 ? missing : values.some(check);
  };
}

function compileCondition(condition: Condition, over: Filterable, prefix: string): Check {
  switch (condition.kind) {
    case 'field':
      return compileField(condition.key, condition.tests, over.textAnalyser(nestedPath(prefix, condition.key.text)));
    case 'is_empty':
      return (payload) => valuesAt(payload, condition.key).every((value) => value === null || (Array.isArray(value) && value.length === 0));
    case 'is_null':
      return (payload) =>
        valuesAt(payload, condition.key).some((value) => value === null || (Array.isArray(value) && value.includes(null)));
    case 'has_id':
      return prefix === '' ? (_, slot) => condition.ids.has(over.idAt(slot)) : () => false;
    case 'has_vector':
      return prefix === '' ? (_, slot) => over.hasVector(condition.name, slot) : () => false;
    case 'slice':
      return prefix === '' ? (_, slot) => sliceHash(over.idAt(slot)) % condition.total === condition.index : () => false;
    case 'nested': {
      const array = arrayKey(condition.key);
      const path = jsonPath(array);
      const inner = compileClauses(condition.filter, over, nestedPath(prefix, array));
      return (payload, slot) => valuesAt(payload, path).some((value) => isObject(value) && inner(value, slot));
    }
    case 'filter':
      return compileClauses(condition.filter, over, prefix);
  }
}

function compileClauses(filter: Filter, over: Filterable, prefix: string): Check {
  const compile = (conditions: readonly Condition[]): Check[] => conditions.map((one) => compileCondition(one, over, prefix));
  const [must, should, mustNot] = [compile(filter.must), compile(filter.should), compile(filter.mustNot)];
  const least = filter.minShould === null ? null : { checks: compile(filter.minShould.conditions), count: filter.minShould.count };
  return (payload, slot) => {
    for (const check of must) if (!check(payload, slot)) return false;
    for (const check of mustNot) if (check(payload, slot)) return false;
    if (should.length > 0 && !should.some((check) => check(payload, slot))) return false;
    if (least === null) return true;
    let held = 0;
    for (const check of least.checks) if (check(payload, slot)) held += 1;
    return held >= least.count;
  };
}

/** A predicate over slots from a filter (Qdrant, "Filtering"). */
export function compileFilter(filter: Filter, over: Filterable): (slot: number) => boolean {
  const check = compileClauses(filter, over, '');
  return (slot) => check(over.payloadAt(slot), slot);
}
