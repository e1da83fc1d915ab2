import { type Collection, reconfigure, setIndex } from '../collection.ts';
import { collectionName, patchConfig } from '../config.ts';
import { invalid, strictMode } from '../errors.ts';
import type { Route, RouteRequest } from '../http.ts';
import { isObject, type Json, type JsonObject, object, required, string } from '../json.ts';
import { jsonPath } from '../json-path.ts';
import { indexType } from '../payload-index.ts';
import { strictConfig } from '../strict.ts';
import { checkTextParams } from '../text.ts';

/** The collection that a request's path names, by name or alias; 404 otherwise, 422 for a name that cannot be one. */
export function named({ engine, path }: Pick<RouteRequest, 'engine' | 'path'>): Collection {
  return engine.find(collectionName(path['collection']));
}

/** The query string's `timeout` in seconds, of a change to a collection; 422 below 1. */
function checkTimeout(query: URLSearchParams): void {
  if (query.has('timeout') && Number(query.get('timeout')) < 1)
    throw invalid('timeout', `value ${query.get('timeout')} invalid, must be 1 or larger`, 'query parameters');
}

/** `CollectionInfo` (docs/redoc). Everything is searched exactly, so the status is always green. */
function info(collection: Collection): JsonObject {
  const schema: JsonObject = {};
  for (const [key, index] of collection.indexes)
    schema[key] = { data_type: index.type, ...(isObject(index.params) && { params: index.params }), points: index.points() };
  let vectors = 0;
  for (const space of collection.spaces.values()) vectors += space.count();
  return {
    status: 'green',
    optimizer_status: 'ok',
    indexed_vectors_count: vectors,
    points_count: collection.slots.count(),
    segments_count: 1,
    config: collection.config.shown,
    payload_schema: schema,
    update_queue: { length: 0 },
  };
}

/** `UpdateResult`: `completed` when the caller waited, `acknowledged` otherwise; in either case it is committed. */
export function updateResult(operation: number, query: URLSearchParams): Json {
  return { operation_id: operation, status: query.get('wait') === 'true' ? 'completed' : 'acknowledged' };
}

export const collectionRoutes: readonly Route[] = [
  { method: 'GET', path: '/collections', handle: ({ engine }) => ({ result: { collections: engine.names().map((name) => ({ name })) } }) },
  {
    method: 'PUT',
    path: '/collections/{collection}',
    takes: 'json',
    handle: ({ engine, path, query, body }) => {
      checkTimeout(query);
      engine.create(collectionName(path['collection'], true), object(body, 'CreateCollection'));
      return { result: true };
    },
  },
  { method: 'GET', path: '/collections/{collection}', handle: (request) => ({ result: info(named(request)) }) },
  {
    method: 'PATCH',
    path: '/collections/{collection}',
    takes: 'optional json',
    handle: (request) => {
      checkTimeout(request.query);
      const collection = named(request);
      reconfigure(collection, patchConfig(collection.config, object(request.body, 'UpdateCollection')));
      return { result: true };
    },
  },
  {
    method: 'DELETE',
    path: '/collections/{collection}',
    handle: ({ engine, path, query }) => {
      checkTimeout(query);
      return { result: engine.remove(collectionName(path['collection'])) };
    },
  },
  {
    method: 'GET',
    path: '/collections/{collection}/exists',
    handle: ({ engine, path }) => ({ result: { exists: engine.has(collectionName(path['collection'])) } }),
  },
  {
    method: 'PUT',
    path: '/collections/{collection}/index',
    takes: 'json',
    handle: (request) => {
      const collection = named(request);
      const from = object(request.body, 'CreateFieldIndex');
      const key = jsonPath(string(required(from, 'field_name'), 'field_name')).text;
      const params = from['field_schema'] ?? from['field_type'];
      if (indexType(params) === 'text' && isObject(params)) checkTextParams(params);
      const most = strictConfig(collection)?.['max_payload_index_count'];
      if (typeof most === 'number' && collection.indexes.size >= most && !collection.indexes.has(key))
        throw strictMode(
          `Collection already has the maximum number of payload indices (${most})`,
          'Please delete an existing index before creating a new one.',
        );
      setIndex(collection, key, params ?? null);
      return { result: updateResult(collection.operation, request.query) };
    },
  },
  {
    method: 'DELETE',
    path: '/collections/{collection}/index/{field}',
    handle: (request) => {
      const collection = named(request);
      setIndex(collection, request.path['field'] ?? '', null);
      return { result: updateResult(collection.operation, request.query) };
    },
  },
  {
    method: 'GET',
    path: '/collections/{collection}/cluster',
    handle: (request) => ({
      result: {
        peer_id: 1,
        shard_count: 1,
        local_shards: [{ shard_id: 0, points_count: named(request).slots.count(), state: 'Active' }],
        remote_shards: [],
        shard_transfers: [],
        resharding_operations: [],
      },
    }),
  },
];
