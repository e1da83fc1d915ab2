import * as z from 'zod/mini';
import { DEPENDENCIES } from '../_kernel/failure.ts';

export const dependencyName = z.enum(DEPENDENCIES);
export const breakerState = z.enum(['closed', 'open', 'half_open', 'isolated']);

/** 200 of `GET /status/health`, and its 503 when unhealthy. */
export const healthResponse = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  version: z.string(),
  circuitBreakers: z.record(dependencyName, breakerState),
  redis: z.enum(['up', 'down']),
});
export type HealthResponse = z.infer<typeof healthResponse>;

const probe = z.object({ up: z.boolean(), latencyMs: z.number(), version: z.nullable(z.string()), problem: z.nullable(z.string()) });
export type Probe = z.infer<typeof probe>;

/** Qdrant's cluster as one of its peers sees it; shards are the copies of the tenant's collections. */
const clusterView = z.object({
  peers: z.number(),
  /** Peers that the answering one cannot send to. */
  unreachable: z.number(),
  consensus: z.enum(['working', 'stopped', 'stopped_with_err']),
  /** Whether a leader is elected; without one nothing can be created, and no dead shard recovers. */
  leader: z.boolean(),
  pendingOperations: z.number(),
  shards: z.object({ active: z.number(), dead: z.number(), recovering: z.number() }),
});
export type ClusterView = z.infer<typeof clusterView>;

export const breakerView = z.object({
  state: breakerState,
  failures: z.number(),
  since: z.nullable(z.string()),
  retryAfterMs: z.number(),
  lastReason: z.nullable(z.string()),
  /** How often it changed state, such as `closed_to_open`; null while Redis is away. */
  transitions: z.nullable(z.record(z.string(), z.number())),
});

/** 200 of `GET /status`. */
export const statusResponse = z.object({
  version: z.string(),
  dependencies: z.object({
    qdrant: z.extend(probe, { collections: z.nullable(z.number()), cluster: z.nullable(clusterView) }),
    ollama: z.extend(probe, {
      models: z.array(z.object({ name: z.string(), role: z.enum(['embedding', 'generation']), present: z.boolean() })),
    }),
    redis: probe,
  }),
  circuitBreakers: z.record(dependencyName, breakerView),
});
export type StatusResponse = z.infer<typeof statusResponse>;

/** Path and body of `POST /status/breakers/{name}`. */
export const breakerPath = z.object({ name: z.enum(DEPENDENCIES, { error: `must be one of ${DEPENDENCIES.join(', ')}` }) });
export const steerRequest = z.strictObject({ state: z.enum(['isolated', 'closed'], { error: 'must be isolated or closed' }) });
