import { notInStandIn } from '../errors.ts';
import type { Route } from '../http.ts';

// What Qdrant 1.19 serves and the stand-in does not (docs/redoc/master/openapi.json). It says so, rather than that there is no such path.

const SHARDS = '/collections/{collection}/shards';
const ABSENT: [method: Route['method'], path: string, what: string][] = [
  ['PUT', SHARDS, 'sharding'],
  ['GET', SHARDS, 'sharding'],
  ['POST', `${SHARDS}/delete`, 'sharding'],
  ['GET', `${SHARDS}/{shard}/snapshot`, 'snapshots of a shard'],
  ['GET', `${SHARDS}/{shard}/snapshots`, 'snapshots of a shard'],
  ['POST', `${SHARDS}/{shard}/snapshots`, 'snapshots of a shard'],
  ['POST', `${SHARDS}/{shard}/snapshots/upload`, 'snapshots of a shard'],
  ['PUT', `${SHARDS}/{shard}/snapshots/recover`, 'snapshots of a shard'],
  ['GET', `${SHARDS}/{shard}/snapshots/{snapshot}`, 'snapshots of a shard'],
  ['DELETE', `${SHARDS}/{shard}/snapshots/{snapshot}`, 'snapshots of a shard'],
  ['POST', '/collections/{collection}/cluster', 'sharding'],
  ['POST', '/cluster/recover', 'a cluster'],
  ['DELETE', '/cluster/peer/{peer}', 'a cluster'],
  ['GET', '/cluster/telemetry', 'a cluster'],
  ['GET', '/collections/{collection}/optimizations', 'an optimizer'],
  ['PUT', '/collections/{collection}/vectors/{vector}', 'adding vectors to a collection'],
  ['DELETE', '/collections/{collection}/vectors/{vector}', 'removing vectors from a collection'],
  ['GET', '/issues', 'the list of issues'],
  ['DELETE', '/issues', 'the list of issues'],
  ['GET', '/quotas', 'quotas'],
  ['PUT', '/quotas', 'quotas'],
  ['GET', '/snapshots', 'snapshots of the whole storage'],
  ['POST', '/snapshots', 'snapshots of the whole storage'],
  ['GET', '/snapshots/{snapshot}', 'snapshots of the whole storage'],
  ['DELETE', '/snapshots/{snapshot}', 'snapshots of the whole storage'],
];

export const absentRoutes: readonly Route[] = ABSENT.map(([method, path, what]) => ({
  method,
  path,
  handle() {
    throw notInStandIn(what);
  },
}));
