import { type Collection, type PointChange, vectorsAt } from '../collection.ts';
import { badFormat, badInput, invalid, noPoint } from '../errors.ts';
import { parseFilter } from '../filter/parse.ts';
import { type PointId, pointId } from '../ids.ts';
import { array, isObject, type Json, type JsonObject, object, required } from '../json.ts';
import { predicate, selectSlots } from '../select.ts';
import { checkFilter, checkLimit, checkPointCount, checkVectors } from '../strict.ts';
import { checkShape, vectorStruct } from '../vectors/parse.ts';

/** The ids that `points` and `filter` of a write name (Qdrant: `PointsSelector`); 400 when there is neither. */
export function selectedIds(collection: Collection, body: JsonObject): PointId[] {
  if (Array.isArray(body['points'])) return body['points'].map(pointId);
  const filter = parseFilter(body['filter']);
  if (filter === null) throw badFormat('data did not match any variant of untagged enum PointsSelectorInternal');
  checkFilter(collection, filter, 'update');
  return Array.from(selectSlots(collection, filter), (slot) => collection.slots.idAt(slot));
}

/** `points` as a list, or the column form `batch: {ids, vectors, payloads}`, as points. */
function pointList(body: JsonObject): { id: PointId; vector: Json; payload: JsonObject }[] {
  const payloadOf = (value: Json | undefined): JsonObject => (value === undefined || value === null ? {} : object(value, 'Payload'));
  if (isObject(body['batch'])) {
    const { batch } = body;
    const ids = array(required(batch, 'ids'), 'ids').map(pointId);
    const vectors = required(batch, 'vectors');
    const columns: [string, Json[]][] = isObject(vectors)
      ? Object.entries(vectors).map(([name, column]) => [name, array(column, name)])
      : [['', array(vectors, 'vectors')]];
    const payloads = Array.isArray(batch['payloads']) ? batch['payloads'] : null;
    for (const [, column] of columns)
      if (column.length !== ids.length)
        throw invalid('batch', `number of ids and vectors must be equal (${ids.length} != ${column.length})`);
    if (payloads !== null && payloads.length !== ids.length)
      throw invalid('batch', `number of ids and payloads must be equal (${ids.length} != ${payloads.length})`);
    for (const [, column] of columns) for (const vector of column) checkShape(vector, 'batch.vectors');
    return ids.map((id, i) => ({
      id,
      vector: isObject(vectors)
        ? Object.fromEntries(columns.map(([name, column]) => [name, column[i] ?? null]))
        : (columns[0]?.[1][i] ?? null),
      payload: payloadOf(payloads?.[i]),
    }));
  }
  if (!('points' in body)) throw badFormat('data did not match any variant of untagged enum PointInsertOperations');
  return array(body['points'], 'points').map((one, i) => {
    const from = object(one, 'PointStruct');
    checkShape(required(from, 'vector'), `points[${i}].vector`);
    return { id: pointId(required(from, 'id')), vector: required(from, 'vector'), payload: payloadOf(from['payload']) };
  });
}

/** `PUT …/points`: whole points replace what was there; `update_mode` and `update_filter` limit which (Qdrant, "Points": upsert). */
export function upsert(collection: Collection, body: JsonObject): PointChange[] {
  const points = pointList(body);
  checkLimit(collection, points.length, 'upsert_max_batchsize', 'upsert limit');
  checkPointCount(collection);
  const filter = parseFilter(body['update_filter']);
  const passes = filter === null ? null : predicate(collection, filter);
  const mode = body['update_mode'] ?? 'upsert';
  if (mode !== 'upsert' && mode !== 'insert_only' && mode !== 'update_only')
    throw badFormat(`unknown variant \`${JSON.stringify(mode)}\`, expected one of \`upsert\`, \`insert_only\`, \`update_only\``);
  const changes: PointChange[] = [];
  for (const { id, vector, payload } of points) {
    const vectors = vectorStruct(collection.config, vector);
    checkVectors(collection, vectors);
    const slot = collection.slots.slotOf(id);
    if (slot === undefined ? mode === 'update_only' : mode === 'insert_only' || (passes !== null && !passes(slot))) continue;
    changes.push({ kind: 'put', id, payload, vectors });
  }
  return changes;
}

/** `POST …/points/delete`. */
export function deletePoints(collection: Collection, body: JsonObject): PointChange[] {
  return selectedIds(collection, body).map((id) => ({ kind: 'delete', id }));
}

/** `PUT …/points/vectors`: the named vectors replace, the others stay; 404 when a point is not there. */
export function updateVectors(collection: Collection, body: JsonObject): PointChange[] {
  const filter = parseFilter(body['update_filter']);
  const passes = filter === null ? null : predicate(collection, filter);
  const points = array(required(body, 'points'), 'points');
  if (points.length === 0) throw invalid('points', 'must specify points to update');
  checkLimit(collection, points.length, 'upsert_max_batchsize', 'update limit');
  const changes = new Map<PointId, Extract<PointChange, { kind: 'put' }>>();
  for (const [i, one] of points.entries()) {
    const from = object(one, 'PointVectors');
    const id = pointId(required(from, 'id'));
    checkShape(required(from, 'vector'), `points[${i}].vector`);
    const vectors = vectorStruct(collection.config, required(from, 'vector'));
    if (vectors.size === 0) throw invalid(`points[${i}].vector`, 'must specify vectors to update for point');
    checkVectors(collection, vectors);
    const slot = collection.slots.slotOf(id);
    if (slot === undefined) throw noPoint(id);
    if (passes !== null && !passes(slot)) continue;
    const before = changes.get(id)?.vectors ?? vectorsAt(collection, slot);
    changes.set(id, { kind: 'put', id, payload: collection.slots.payloadAt(slot), vectors: new Map([...before, ...vectors]) });
  }
  return [...changes.values()];
}

/** `POST …/points/vectors/delete`. */
export function deleteVectors(collection: Collection, body: JsonObject): PointChange[] {
  const names = array(required(body, 'vector'), 'vector').map(String);
  if (names.length === 0) throw invalid('vector', 'must specify vector names to delete');
  for (const name of names) if (!collection.config.spaces.has(name)) throw badInput(`Not existing vector name error: ${name}`);
  const changes: PointChange[] = [];
  for (const id of selectedIds(collection, body)) {
    const slot = collection.slots.slotOf(id);
    if (slot === undefined) continue;
    const vectors = vectorsAt(collection, slot);
    for (const name of names) vectors.delete(name);
    changes.push({ kind: 'put', id, payload: collection.slots.payloadAt(slot), vectors });
  }
  return changes;
}
