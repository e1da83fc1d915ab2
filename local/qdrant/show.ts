import { type Collection, vectorsAt } from './collection.ts';
import { badFormat, noVectorName } from './errors.ts';
import { shortest } from './float32.ts';
import type { PointId } from './ids.ts';
import { array, isObject, type Json, type JsonObject, onlyFields, string } from './json.ts';
import { deleteAt, type JsonPath, jsonPath } from './json-path.ts';
import type { StoredVector } from './vectors/stored.ts';

/** Which parts of a point an answer carries. */
export type Selection = {
  payload: (payload: JsonObject) => JsonObject | null;
  vectors: (name: string) => boolean;
  anyVector: boolean;
  /** Vectors that are asked for by name; one that the collection does not have is an error once a point is shown. */
  named: readonly string[];
};

/** Reads `with_payload` and `with_vector` (Qdrant, "Points": retrieve). */
export function selection(body: JsonObject, payloadByDefault: boolean): Selection {
  const withVector = body['with_vector'] ?? body['with_vectors'] ?? false;
  const names = Array.isArray(withVector) ? new Set(withVector.map((name) => string(name, 'with_vector'))) : null;
  if (names === null && typeof withVector !== 'boolean') throw badFormat('data did not match any variant of untagged enum WithVector');
  return {
    payload: payloadSelector(body['with_payload'] ?? payloadByDefault),
    vectors: (name) => (names === null ? withVector === true : names.has(name)),
    anyVector: withVector !== false,
    named: names === null ? [] : [...names],
  };
}

function payloadSelector(value: Json): (payload: JsonObject) => JsonObject | null {
  if (value === false) return () => null;
  if (value === true) return (payload) => payload;
  if (Array.isArray(value)) return including(value.map((key) => jsonPath(string(key, 'with_payload'))));
  if (!isObject(value)) throw badFormat('data did not match any variant of untagged enum WithPayloadInterface');
  if ('include' in value) {
    onlyFields(value, ['include']);
    return including(array(value['include'], 'include').map((key) => jsonPath(string(key, 'include'))));
  }
  onlyFields(value, ['exclude']);
  const paths = array(value['exclude'], 'exclude').map((key) => jsonPath(string(key, 'exclude')));
  return (payload) => {
    const copy = structuredClone(payload);
    for (const path of paths) deleteAt(copy, path);
    return copy;
  };
}

/** Keeps only what lies on one of the paths; arrays on the way keep their elements, each cut down in turn. */
function including(paths: readonly JsonPath[]): (payload: JsonObject) => JsonObject {
  type Steps = JsonPath['steps'];
  const keep = (value: Json, on: readonly Steps[]): Json | undefined => {
    if (on.some((steps) => steps.length === 0)) return value;
    if (Array.isArray(value)) {
      const inside = on.filter((steps) => steps[0]?.kind === 'every').map((steps) => steps.slice(1));
      return inside.length === 0 ? [] : value.map((element) => keep(element, inside)).filter((element) => element !== undefined);
    }
    if (!isObject(value)) return value;
    const kept: JsonObject = {};
    for (const [key, child] of Object.entries(value)) {
      const next = on.filter((steps) => steps[0]?.kind === 'key' && steps[0].at === key).map((steps) => steps.slice(1));
      const result = next.length === 0 ? undefined : keep(child, next);
      if (result !== undefined) kept[key] = result;
    }
    return kept;
  };
  const all = paths.map((path) => path.steps);
  return (payload) => {
    const kept = keep(payload, all);
    return isObject(kept) ? kept : {};
  };
}

function showVector(vector: StoredVector): Json {
  if (vector.kind === 'dense') return Array.from(vector.data, shortest);
  if (vector.kind === 'multi') return vector.rows.map((row) => Array.from(row, shortest));
  return { indices: Array.from(vector.indices), values: Array.from(vector.values, shortest) };
}

/** A point as an answer shows it: the id, and what the selection asks for; 400 for a vector that the collection does not have. */
export function showPoint(collection: Collection, slot: number, select: Selection): { id: PointId } & JsonObject {
  const shown: { id: PointId } & JsonObject = { id: collection.slots.idAt(slot) };
  const payload = select.payload(collection.slots.payloadAt(slot));
  if (payload !== null) shown['payload'] = payload;
  if (!select.anyVector) return shown;
  const unknown = select.named.find((name) => !collection.config.spaces.has(name));
  if (unknown !== undefined) throw noVectorName(unknown);
  const vectors = [...vectorsAt(collection, slot)].filter(([name]) => select.vectors(name));
  const [only] = vectors;
  shown['vector'] =
    vectors.length === 1 && only?.[0] === ''
      ? showVector(only[1])
      : Object.fromEntries(vectors.map(([name, vector]) => [name, showVector(vector)]));
  return shown;
}
