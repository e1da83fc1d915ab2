import { type Collection, commit, type PointChange } from '../collection.ts';
import { badFormat, badInput, notFound } from '../errors.ts';
import { parseFilter } from '../filter/parse.ts';
import type { Route, RouteRequest } from '../http.ts';
import { pointId, pointIdFromPath } from '../ids.ts';
import { array, booleanOr, countOr, isObject, type Json, type JsonObject, object, required } from '../json.ts';
import { lowerBound } from '../order.ts';
import { orderPoints, parseOrderBy } from '../query/order-by.ts';
import { selectSlots } from '../select.ts';
import { selection, showPoint } from '../show.ts';
import { checkFilter, checkLimit } from '../strict.ts';
import { clearPayload, deletePayload, overwritePayload, setPayload } from '../write/payload.ts';
import { deletePoints, deleteVectors, updateVectors, upsert } from '../write/points.ts';
import { named, updateResult } from './collections.ts';

type Write = (collection: Collection, body: JsonObject) => PointChange[];

const WRITES: readonly [method: 'PUT' | 'POST', path: string, write: Write][] = [
  ['PUT', '', upsert],
  ['POST', '/delete', deletePoints],
  ['POST', '/payload', setPayload],
  ['PUT', '/payload', overwritePayload],
  ['POST', '/payload/delete', deletePayload],
  ['POST', '/payload/clear', clearPayload],
  ['PUT', '/vectors', updateVectors],
  ['POST', '/vectors/delete', deleteVectors],
];
const BATCHED = new Map<string, Write>([
  ['upsert', upsert],
  ['delete', deletePoints],
  ['set_payload', setPayload],
  ['overwrite_payload', overwritePayload],
  ['delete_payload', deletePayload],
  ['clear_payload', clearPayload],
  ['update_vectors', updateVectors],
  ['delete_vectors', deleteVectors],
]);

function batch(request: RouteRequest): Json {
  const collection = named(request);
  const operations = array(required(object(request.body, 'UpdateOperations'), 'operations'), 'operations').map((value) => {
    const [entry] = Object.entries(object(value, 'UpdateOperation'));
    const write = entry === undefined ? undefined : BATCHED.get(entry[0]);
    if (entry === undefined || write === undefined) throw badFormat('data did not match any variant of untagged enum UpdateOperation');
    return { write, body: isObject(entry[1]) ? entry[1] : { points: entry[1] } };
  });
  return operations.map(({ write, body }) => updateResult(commit(collection, write(collection, body)), request.query));
}

/** `POST …/points/scroll` (Qdrant, "Points": scroll). */
function scroll(request: RouteRequest): Json {
  const collection = named(request);
  const body = object(request.body, 'ScrollRequest');
  const { slots } = collection;
  const limit = countOr(body['limit'], 'limit', 10, 1);
  checkLimit(collection, limit, 'max_query_limit', 'limit');
  const filter = parseFilter(body['filter']);
  checkFilter(collection, filter, 'retrieve');
  const select = selection(body, true);
  const offset = body['offset'] === undefined || body['offset'] === null ? null : pointId(body['offset']);
  if (body['order_by'] !== undefined && body['order_by'] !== null) {
    if (offset !== null)
      throw badInput(
        "Cannot use an `offset` when using `order_by`. The alternative for paging is to use `order_by.start_from` and a filter to exclude the IDs that you've already seen for the `order_by.start_from` value",
      );
    const found = orderPoints(collection, selectSlots(collection, filter), parseOrderBy(body['order_by'])).slice(0, limit);
    return {
      points: found.map(({ slot, value }) => ({ ...showPoint(collection, slot, select), order_value: value })),
      next_page_offset: null,
    };
  }
  const allowed = filter === null ? null : new Set(selectSlots(collection, filter));
  const ids = slots.ordered();
  const points: Json[] = [];
  for (let i = offset === null ? 0 : lowerBound(ids, offset); i < ids.length; i += 1) {
    const slot = slots.slotOf(ids[i]!);
    if (slot === undefined || (allowed !== null && !allowed.has(slot))) continue;
    if (points.length === limit) return { points, next_page_offset: ids[i]! };
    points.push(showPoint(collection, slot, select));
  }
  return { points, next_page_offset: null };
}

function retrieve(request: RouteRequest): Json {
  const collection = named(request);
  const body = object(request.body, 'PointRequest');
  const select = selection(body, true);
  const ids = array(required(body, 'ids'), 'ids').map(pointId);
  const found = [...new Set(ids)].map((id) => collection.slots.slotOf(id)).filter((slot) => slot !== undefined);
  return found.map((slot) => showPoint(collection, slot, select));
}

export const pointRoutes: readonly Route[] = [
  ...WRITES.map(([method, path, write]): Route => ({
    method,
    path: `/collections/{collection}/points${path}`,
    takes: 'json',
    handle: (request) => {
      const collection = named(request);
      return { result: updateResult(commit(collection, write(collection, object(request.body, 'request'))), request.query) };
    },
  })),
  { method: 'POST', path: '/collections/{collection}/points/batch', takes: 'json', handle: (request) => ({ result: batch(request) }) },
  { method: 'POST', path: '/collections/{collection}/points/scroll', takes: 'json', handle: (request) => ({ result: scroll(request) }) },
  { method: 'POST', path: '/collections/{collection}/points', takes: 'json', handle: (request) => ({ result: retrieve(request) }) },
  {
    method: 'POST',
    path: '/collections/{collection}/points/count',
    takes: 'json',
    handle: (request) => {
      const collection = named(request);
      const body = object(request.body, 'CountRequest');
      booleanOr(body['exact'], 'exact', true);
      const filter = parseFilter(body['filter']);
      checkFilter(collection, filter, 'retrieve');
      return { result: { count: filter === null ? collection.slots.count() : selectSlots(collection, filter).length } };
    },
  },
  {
    method: 'GET',
    path: '/collections/{collection}/points/{id}',
    handle: (request) => {
      const collection = named(request);
      const text = request.path['id'] ?? '';
      const id = pointIdFromPath(text);
      if (id === null) throw badInput(`Can not recognize "${text}" as point id`);
      const slot = collection.slots.slotOf(id);
      if (slot === undefined) throw notFound(`Point with id ${id} does not exists!`);
      return { result: showPoint(collection, slot, selection({ with_vector: true }, true)) };
    },
  },
];
