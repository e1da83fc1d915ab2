import { badRequest } from '../errors.ts';
import type { Route } from '../http.ts';
import { countOr, type Json, type JsonObject, object, required } from '../json.ts';
import { answerBatch, answerGroups, answerQuery } from './query.ts';

// The endpoints from before `/points/query`, which Qdrant 1.19 still serves (`search_api.rs`, `recommend_api.rs`, `discover_api.rs`).

const SHARED = ['filter', 'params', 'limit', 'offset', 'with_payload', 'with_vector', 'score_threshold', 'using', 'lookup_from'];
const GROUPED = ['group_by', 'group_size', 'with_lookup'];

/** The `QueryRequest` that asks the same: what both have in common, with `limit` required as it was. */
function asQuery(body: JsonObject, query: Json, using?: Json): JsonObject {
  const limit = countOr(body['limit'] ?? required(body, 'top' in body ? 'top' : 'limit'), 'limit', null, 1);
  const kept = [...SHARED, ...GROUPED].filter((key) => body[key] !== undefined).map((key) => [key, body[key] ?? null] as const);
  return { ...Object.fromEntries(kept), limit, query, ...(using !== undefined && { using }) };
}

/** `vector` is a list for the unnamed vector, else `{name, vector}`. */
function search(body: JsonObject): JsonObject {
  const vector = required(body, 'vector');
  if (Array.isArray(vector)) return asQuery(body, { nearest: vector });
  const from = object(vector, 'NamedVectorStruct');
  return asQuery(body, { nearest: required(from, 'vector') }, required(from, 'name'));
}

function recommend(body: JsonObject): JsonObject {
  const { positive = [], negative = [], strategy = null } = body;
  const [liked, disliked] = [positive, negative].map((list) => (Array.isArray(list) ? list.length : 0));
  const isAverage = strategy === null || strategy === 'average_vector';
  if (liked === 0 && (isAverage || disliked === 0))
    throw badRequest(`At least one positive ${isAverage ? '' : 'or negative '}vector ID required with this strategy`);
  return asQuery(body, { recommend: { positive, negative, strategy } });
}

/** A target with or without pairs is discovery, pairs alone are context search. */
function discover(body: JsonObject): JsonObject {
  const { target = null, context = null } = body;
  const pairs = context ?? [];
  if (target === null && Array.isArray(pairs) && pairs.length === 0) throw badRequest('target and/or context_pairs must be specified');
  return asQuery(body, target === null ? { context: pairs } : { discover: { target, context: pairs } });
}

const BASE = '/collections/{collection}/points';
const FORMS: [path: string, form: (body: JsonObject) => JsonObject, hasGroups: boolean][] = [
  ['search', search, true],
  ['recommend', recommend, true],
  ['discover', discover, false],
];

export const searchRoutes: readonly Route[] = FORMS.flatMap(([path, form, hasGroups]): Route[] => {
  const route = (suffix: string, handle: Route['handle']): Route => ({ method: 'POST', path: `${BASE}/${path}${suffix}`, takes: 'json', handle }); // prettier-ignore
  const one = route('', (request) => ({ result: answerQuery(request, form(object(request.body, 'Request'))) }));
  const batch = route('/batch', (request) => ({ result: answerBatch(request, (body) => answerQuery(request, form(body))) }));
  const groups = route('/groups', (request) => {
    const body = object(request.body, 'GroupsRequest');
    required(body, 'group_size');
    return { result: answerGroups(request, form(body)) };
  });
  return hasGroups ? [one, batch, groups] : [one, batch];
});
