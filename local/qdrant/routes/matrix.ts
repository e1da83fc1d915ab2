import { parseFilter } from '../filter/parse.ts';
import type { Route, RouteRequest } from '../http.ts';
import { countOr, object, stringOr } from '../json.ts';
import { distanceMatrix, type DistanceMatrix } from '../query/matrix.ts';
import { checkFilter, checkLimit } from '../strict.ts';
import { named } from './collections.ts';

function matrixOf(request: RouteRequest): DistanceMatrix {
  const collection = named(request);
  const body = object(request.body, 'SearchMatrixRequest');
  const sample = countOr(body['sample'], 'sample', 10, 2);
  const limit = countOr(body['limit'], 'limit', 3, 1);
  const filter = parseFilter(body['filter']);
  checkLimit(collection, sample * limit, 'max_query_limit', 'limit');
  checkFilter(collection, filter, 'retrieve');
  const { engine, random } = request;
  const world = { collection, find: (name: string) => engine.find(name), has: (name: string) => engine.has(name), random };
  return distanceMatrix(world, { filter, sample, limit, using: stringOr(body['using'], 'using', '') });
}

export const matrixRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/collections/{collection}/points/search/matrix/pairs',
    takes: 'json',
    handle(request) {
      const { ids, nearest } = matrixOf(request);
      return { result: { pairs: ids.flatMap((a, row) => nearest[row]!.map(({ id: b, score }) => ({ a, b, score }))) } };
    },
  },
  {
    method: 'POST',
    path: '/collections/{collection}/points/search/matrix/offsets',
    takes: 'json',
    handle(request) {
      const { ids, nearest } = matrixOf(request);
      const columns = new Map(ids.map((id, column) => [id, column]));
      const cells = nearest.flatMap((row, at) => row.map(({ id, score }) => ({ row: at, column: columns.get(id) ?? 0, score })));
      return {
        result: {
          offsets_row: cells.map(({ row }) => row),
          offsets_col: cells.map(({ column }) => column),
          scores: cells.map(({ score }) => score),
          ids,
        },
      };
    },
  },
];
