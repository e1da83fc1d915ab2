import type { Collection } from '../collection.ts';
import { notFound } from '../errors.ts';
import { shortest } from '../float32.ts';
import type { Route, RouteRequest } from '../http.ts';
import { array, countOr, isObject, type Json, type JsonObject, object, required, string } from '../json.ts';
import { queryGroups } from '../query/group.ts';
import { parseStage } from '../query/parse.ts';
import { type Found, type QueryContext, runQuery } from '../query/run.ts';
import { readTimeout } from '../query-string.ts';
import { type Selection, selection, showPoint } from '../show.ts';
import { checkLimit, checkMatchable } from '../strict.ts';
import { named } from './collections.ts';

/** A hit as `ScoredPoint`. */
function scored(collection: Collection, { slot, score, orderValue }: Found, select: Selection): Json {
  const { id, ...rest } = showPoint(collection, slot, select);
  return {
    id,
    version: collection.slots.versionAt(slot),
    score: shortest(score),
    ...rest,
    ...(orderValue !== undefined && { order_value: orderValue }),
  };
}

function contextOf(request: RouteRequest): QueryContext {
  const { engine, random } = request;
  const collection = named(request);
  checkLimit(collection, readTimeout(request.query), 'max_timeout', 'timeout');
  return { collection, find: (name) => engine.find(name), has: (name) => engine.has(name), random };
}

/** The hits of a `QueryRequest`, as `ScoredPoint`s. */
export function answerQuery(request: RouteRequest, body: JsonObject): Json[] {
  const run = contextOf(request);
  const stage = parseStage(body);
  const offset = countOr(body['offset'], 'offset', 0);
  checkLimit(run.collection, stage.limit, 'max_query_limit', 'limit');
  const select = selection(body, false);
  const found = runQuery(run, stage, stage.limit + offset).slice(offset);
  return found.map((hit) => scored(run.collection, hit, select));
}

/** One answer for each request of a batch, in order. */
export function answerBatch(request: RouteRequest, answer: (one: JsonObject) => Json): Json {
  const searches = array(required(object(request.body, 'RequestBatch'), 'searches'), 'searches');
  checkLimit(named(request), searches.length, 'search_max_batchsize', 'search batch size');
  return searches.map((one) => answer(object(one, 'Request')));
}

/** The groups of a `QueryGroupsRequest`, each with its hits and what its id is looked up as. */
export function answerGroups(request: RouteRequest, body: JsonObject): Json {
  const { engine } = request;
  const run = contextOf(request);
  const { collection } = run;
  const key = string(required(body, 'group_by'), 'group_by');
  checkMatchable(collection, key);
  const stage = parseStage(body);
  const size = countOr(body['group_size'], 'group_size', 3, 1);
  checkLimit(collection, stage.limit * size, 'max_query_limit', 'limit');
  const groups = queryGroups(run, stage, key, stage.limit, size);
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
  return {
    groups: groups.map(({ id, hits }) => {
      const slot = source?.slots.slotOf(id);
      const shown = { id, hits: hits.map((hit) => scored(collection, hit, select)) };
      return source === null || slot === undefined ? shown : { ...shown, lookup: showPoint(source, slot, lookedUp) };
    }),
  };
}

const BASE = '/collections/{collection}/points/query';

export const queryRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: BASE,
    takes: 'json',
    handle: (request) => ({ result: { points: answerQuery(request, object(request.body, 'QueryRequest')) } }),
  },
  {
    method: 'POST',
    path: `${BASE}/batch`,
    takes: 'json',
    handle: (request) => ({ result: answerBatch(request, (one) => ({ points: answerQuery(request, one) })) }),
  },
  {
    method: 'POST',
    path: `${BASE}/groups`,
    takes: 'json',
    handle: (request) => ({ result: answerGroups(request, object(request.body, 'QueryGroupsRequest')) }),
  },
];
