import type { Collection } from '../collection.ts';
import { badInput, notFound } from '../errors.ts';
import { shortest } from '../float32.ts';
import { parseFilter } from '../filter/parse.ts';
import type { Route, RouteRequest } from '../http.ts';
import { array, countOr, isObject, type Json, object, required, string } from '../json.ts';
import { group } from '../query/group.ts';
import { parseStage } from '../query/parse.ts';
import { type Found, runQuery } from '../query/run.ts';
import { selectSlots } from '../select.ts';
import { type Selection, selection, showPoint } from '../show.ts';
import { checkFilter, checkLimit, checkMatchable } from '../strict.ts';
import { checkTimeout, named } from './collections.ts';

/** A hit as `ScoredPoint`. */
export function scored(collection: Collection, { slot, score, orderValue }: Found, select: Selection): Json {
  const { id, ...rest } = showPoint(collection, slot, select);
  return {
    id,
    version: collection.slots.versionAt(slot),
    score: shortest(score),
    ...rest,
    ...(orderValue !== undefined && { order_value: orderValue }),
  };
}

function query(request: RouteRequest, value: Json): Json {
  const collection = named(request);
  const body = object(value, 'QueryRequest');
  const stage = parseStage(body);
  const offset = countOr(body['offset'], 'offset', 0);
  checkLimit(collection, stage.limit, 'max_query_limit', 'limit');
  checkLimit(collection, checkTimeout(request.query), 'max_timeout', 'timeout');
  const select = selection(body, false);
  const { engine, random } = request;
  const found = runQuery(
    { collection, find: (name) => engine.find(name), has: (name) => engine.has(name), random },
    stage,
    stage.limit + offset,
  ).slice(offset);
  return found.map((hit) => scored(collection, hit, select));
}

function facet(request: RouteRequest): Json {
  const collection = named(request);
  const body = object(request.body, 'FacetRequest');
  const key = string(required(body, 'key'), 'key');
  const limit = countOr(body['limit'], 'limit', 10, 1);
  const filter = parseFilter(body['filter']);
  checkLimit(collection, limit, 'max_query_limit', 'limit');
  checkFilter(collection, filter, 'retrieve');
  const values = collection.indexes.get(key)?.values();
  if (values === undefined || values === null)
    throw badInput(
      `No appropriate index for faceting: \`${key}\`. Please create one to facet on this field. Check https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas support Match conditions`,
    );
  const allowed = filter === null ? null : new Set(selectSlots(collection, filter));
  const hits: { value: string | number | boolean; count: number }[] = [];
  for (const [value, slots] of values) {
    let count = 0;
    if (allowed === null) count = slots.size;
    else for (const slot of slots) if (allowed.has(slot)) count += 1;
    if (count > 0) hits.push({ value, count });
  }
  return { hits: hits.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, limit) };
}

export const queryRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/collections/{collection}/points/query',
    takes: 'json',
    handle: (request) => ({ result: { points: query(request, request.body) } }),
  },
  {
    method: 'POST',
    path: '/collections/{collection}/points/query/batch',
    takes: 'json',
    handle: (request) => {
      const searches = array(required(object(request.body, 'QueryRequestBatch'), 'searches'), 'searches');
      checkLimit(named(request), searches.length, 'search_max_batchsize', 'search batch size');
      return { result: searches.map((one) => ({ points: query(request, one) })) };
    },
  },
  {
    method: 'POST',
    path: '/collections/{collection}/points/query/groups',
    takes: 'json',
    handle: (request) => {
      const collection = named(request);
      const body = object(request.body, 'QueryGroupsRequest');
      const key = string(required(body, 'group_by'), 'group_by');
      checkMatchable(collection, key);
      const { engine, random } = request;
      const stage = parseStage(body, 3);
      const size = countOr(body['group_size'], 'group_size', 3, 1);
      checkLimit(collection, stage.limit * size, 'max_query_limit', 'limit');
      const found = runQuery(
        { collection, find: (name) => engine.find(name), has: (name) => engine.has(name), random },
        stage,
        collection.slots.count(),
      );
      const select = selection(body, false);
      const lookup = body['with_lookup'] === undefined || body['with_lookup'] === null ? null : body['with_lookup'];
      const from = isObject(lookup) ? lookup : { collection: lookup };
      const sourceName = lookup === null ? null : string(from['collection'] ?? null, 'with_lookup');
      if (sourceName !== null && !engine.has(sourceName)) throw notFound(`Collection ${sourceName} not found`);
      const source = sourceName === null ? null : engine.find(sourceName);
      const lookedUp = selection(
        { with_payload: from['with_payload'] ?? true, with_vector: from['with_vectors'] ?? from['with_vector'] ?? false },
        true,
      );
      const groups = group(collection, found, key, stage.limit, size);
      return {
        result: {
          groups: groups.map(({ id, hits }) => {
            const slot = source?.slots.slotOf(id);
            const shown = { id, hits: hits.map((hit) => scored(collection, hit, select)) };
            return source === null || slot === undefined ? shown : { ...shown, lookup: showPoint(source, slot, lookedUp) };
          }),
        },
      };
    },
  },
  { method: 'POST', path: '/collections/{collection}/facet', takes: 'json', handle: (request) => ({ result: facet(request) }) },
];
