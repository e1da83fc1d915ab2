import { badInput } from '../errors.ts';
import { parseFilter } from '../filter/parse.ts';
import type { Route, RouteRequest } from '../http.ts';
import { countOr, type Json, object, required, string } from '../json.ts';
import { selectSlots } from '../select.ts';
import { checkFilter, checkLimit } from '../strict.ts';
import { named } from './collections.ts';

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

export const facetRoutes: readonly Route[] = [
  { method: 'POST', path: '/collections/{collection}/facet', takes: 'json', handle: (request) => ({ result: facet(request) }) },
];
