import type { Collection, PointChange } from '../collection.ts';
import { badFormat } from '../errors.ts';
import type { PointId } from '../ids.ts';
import { array, type JsonObject, object, required, string } from '../json.ts';
import { deleteAt, jsonPath, setAt } from '../json-path.ts';
import { selectedIds } from './points.ts';

/** One payload change per selected point that exists, from a function of its present payload. */
function changeEach(collection: Collection, ids: readonly PointId[], next: (payload: JsonObject) => JsonObject): PointChange[] {
  const changes: PointChange[] = [];
  for (const id of ids) {
    const slot = collection.slots.slotOf(id);
    if (slot !== undefined) changes.push({ kind: 'payload', id, payload: next(collection.slots.payloadAt(slot)) });
  }
  return changes;
}

function selectedForSet(collection: Collection, body: JsonObject): PointId[] {
  if (!Array.isArray(body['points']) && (body['filter'] === undefined || body['filter'] === null))
    throw badFormat('Either list of point ids or filter must be provided');
  return selectedIds(collection, body);
}

/** `POST …/points/payload`: keys are added or replaced, at the top or (`key`) inside (Qdrant, "Payload": set). */
export function setPayload(collection: Collection, body: JsonObject): PointChange[] {
  const payload = object(required(body, 'payload'), 'Payload');
  const path = body['key'] === undefined || body['key'] === null ? null : jsonPath(string(body['key'], 'key'));
  return changeEach(collection, selectedForSet(collection, body), (before) => {
    if (path === null) return { ...before, ...payload };
    const after = structuredClone(before);
    setAt(after, path, payload);
    return after;
  });
}

/** `PUT …/points/payload`: the whole payload is replaced. */
export function overwritePayload(collection: Collection, body: JsonObject): PointChange[] {
  const payload = object(required(body, 'payload'), 'Payload');
  if (body['key'] !== undefined && body['key'] !== null) return setPayload(collection, body);
  return changeEach(collection, selectedForSet(collection, body), () => payload);
}

/** `POST …/points/payload/delete`: keys go. */
export function deletePayload(collection: Collection, body: JsonObject): PointChange[] {
  const paths = array(required(body, 'keys'), 'keys').map((key) => jsonPath(string(key, 'keys')));
  return changeEach(collection, selectedForSet(collection, body), (before) => {
    const after = structuredClone(before);
    for (const path of paths) deleteAt(after, path);
    return after;
  });
}

/** `POST …/points/payload/clear`. */
export function clearPayload(collection: Collection, body: JsonObject): PointChange[] {
  return changeEach(collection, selectedIds(collection, body), () => ({}));
}
