import type { Collection } from '../collection.ts';
import { noVectorName } from '../errors.ts';
import { type Filter, mergeFilters } from '../filter/parse.ts';
import { compareIds, type PointId } from '../ids.ts';
import { shortest } from '../float32.ts';
import type { Query, Stage } from './parse.ts';
import { type Found, runQuery } from './run.ts';

type World = Parameters<typeof runQuery>[0];
/** Sampled points in the order of their ids, and for each its nearest others of the sample. */
export type DistanceMatrix = { ids: PointId[]; nearest: { id: PointId; score: number }[][] };

const filterOf = (must: Filter['must']): Filter => ({ must, should: [], mustNot: [], minShould: null });

/**
 * The distances between a random sample of points, `limit` nearest for each (Qdrant, "Explore": distance matrix).
 *
 * Empty with fewer than two points; 400 for a vector that the collection does not have.
 */
export function distanceMatrix(
  world: World & { collection: Collection },
  request: { filter: Filter | null; using: string; sample: number; limit: number },
): DistanceMatrix {
  const { filter, using, sample, limit } = request;
  if (!world.collection.config.spaces.has(using)) throw noVectorName(using);
  const stage = (query: Query, among: Filter | null, count: number): Stage => ({
    prefetch: [],
    query,
    using,
    filter: among,
    threshold: null,
    limit: count,
    lookup: null,
    params: {},
  });
  const idOf = ({ slot }: Found): PointId => world.collection.slots.idAt(slot);
  const having = mergeFilters(filter, filterOf([{ kind: 'has_vector', name: using }]));
  const ids = runQuery(world, stage({ kind: 'sample' }, having, sample), sample)
    .map(idOf)
    .toSorted(compareIds);
  if (ids.length < 2) return { ids: [], nearest: [] };
  const among = filterOf([{ kind: 'has_id', ids: new Set(ids) }]);
  const nearest = ids.map((id) =>
    runQuery(world, stage({ kind: 'nearest', vector: { kind: 'id', id }, mmr: null }, among, limit), limit).map((hit) => ({
      id: idOf(hit),
      score: shortest(hit.score),
    })),
  );
  return { ids, nearest };
}
