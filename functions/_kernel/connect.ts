import { readMeasured } from '#registry';
import { tenantOf } from './corpus/names.ts';
import type { Placement, Store } from './corpus/store.ts';
import { indexing } from './corpus/fingerprint.ts';
import { openEmbedder, patientModel, type Embedder } from './embedder.ts';
import type { Env } from './env.ts';
import type { Dependency } from './failure.ts';
import type { Invocation } from './http/app.ts';
import { log } from './http/log.ts';
import { JOB_LEASE_MS } from './limits.ts';
import { observed } from './observed.ts';
import { createCache, type Cache } from './policy/cache.ts';
import { createGuard, type Guard } from './policy/guard.ts';
import { createLeases, type Leases } from './policy/lease.ts';
import { countTransition, readTransitions, type Transitions } from './policy/transitions.ts';
import { measureCall } from './telemetry/measure-call.ts';
import { count } from './telemetry/meter.ts';
import { createOpenJobs } from './telemetry/open-jobs.ts';
import type { Trace } from './telemetry/trace.ts';
import { tracedFetch } from './telemetry/traced-fetch.ts';
import { createOllama, type OllamaClient } from './upstreams/ollama.ts';
import { createQdrant, type Qdrant } from './upstreams/qdrant.ts';
import type { Redis } from './upstreams/redis.ts';
import { openWriter, type Writer } from './writer.ts';

/** Everything an operation can reach, for one invocation and closed with it. */
export type Connections = {
  corpus(consumer: string): Store;
  embedder: Embedder;
  writer: Writer;
  /** What is kept in Redis to spare work; null when it is switched off. */
  cache: Cache | null;
  guard: Guard;
  /** Asks for the breakers of an operation at once, before its first call. */
  prepare(dependencies: readonly Dependency[]): Promise<void>;
  /** How often breakers changed state; null while Redis is away. */
  transitions(): Promise<Transitions | null>;
  /** What was measured so far, by field (see `telemetry/`): on Node by this process, at the edge by all isolates, and null while Redis is away. */
  measured(): Promise<ReadonlyMap<string, number> | null>;
  leases: Leases;
  /** The jobs that have not ended, as the reaper last found them. */
  openJobs: ReturnType<typeof createOpenJobs>;
  /** Asks this same function for a path again, as the gateway would, in an invocation of its own; null where one may last as long as it likes. */
  again: ((consumer: string, path: string) => Promise<void>) | null;
  /** The clients themselves, without breakers: for probes only. */
  unguarded: { redis: Redis; ollama: OllamaClient; qdrant: Qdrant };
  /** Everything dependency calls had to do without so far. */
  degraded(): 'redis_unavailable:local_breakers'[];
};

function placementOf(env: Env): Placement {
  return {
    ...(env.QDRANT_SHARD_NUMBER !== null && { shard_number: env.QDRANT_SHARD_NUMBER }),
    ...(env.QDRANT_REPLICATION_FACTOR !== null && { replication_factor: env.QDRANT_REPLICATION_FACTOR }),
    ...(env.QDRANT_WRITE_CONSISTENCY_FACTOR !== null && { write_consistency_factor: env.QDRANT_WRITE_CONSISTENCY_FACTOR }),
  };
}

function openSelf(env: Env, self: NonNullable<Env['SELF']>, requestId: string, trace: Pick<Trace, 'begin'>) {
  const ask = tracedFetch(
    async (input, init) => self.fetch(input, init),
    trace,
    () => ({ name: 'function ingest', attributes: {} }),
  );
  return async (consumer: string, path: string) => {
    const headers = {
      'x-service-token': env.SERVICE_TOKEN,
      'x-consumer-custom-id': consumer,
      'x-consumer-groups': 'reader,writer',
      'x-request-id': requestId,
    };
    const response = await ask(`http://self/api/v1/rag${path}`, { headers });
    await response.body?.cancel();
  };
}

/**
 * The composition root: wires configuration, policy and upstreams for one invocation.
 *
 * In a Worker sockets belong to the invocation that opened them, so nothing here is kept but plain data; on Node the Redis
 * connection is pooled behind the same function.
 */
export function connect(env: Env, invocation: Invocation): Connections {
  const { redis, trace } = observed(env, invocation);
  const headers = { 'x-request-id': invocation.requestId };
  const qdrant = createQdrant({ url: env.QDRANT_URL, apiKey: env.QDRANT_API_KEY, headers, trace });
  const ollama = createOllama({ url: env.OLLAMA_URL, headers, trace });
  const guarding: Parameters<typeof createGuard>[0] = {
    redis,
    caller: invocation.signal,
    deadlineAt: null,
    defer: invocation.defer,
    settings: { openMs: env.BREAKER_OPEN_MS, redisMs: env.REDIS_TIMEOUT_MS },
    onTransition(event) {
      log({ level: 'warn', in: 'breaker', requestId: invocation.requestId, ...event });
      count('rag_breaker_transitions_total', event);
      invocation.defer(countTransition(redis, event));
    },
    onCall: measureCall,
  };
  const guard = createGuard(guarding);
  const cache =
    env.CACHE_TTL_SECONDS === 0
      ? null
      : createCache(redis, {
          ttlSeconds: env.CACHE_TTL_SECONDS,
          redisMs: env.REDIS_TIMEOUT_MS,
          defer: invocation.defer,
          onLookup: (lookup) => count('rag_cache_lookups_total', lookup),
        });
  const ask =
    (dependency: 'qdrant_search' | 'qdrant_write'): Store['read'] =>
    (operation) =>
      guard.run(dependency, (signal) => qdrant(dependency, signal, operation), { idempotent: true });
  return {
    corpus: (consumer) => ({
      tenant: tenantOf(consumer),
      placement: placementOf(env),
      read: ask('qdrant_search'),
      write: ask('qdrant_write'),
    }),
    embedder: openEmbedder({ env, ollama, guard, cache, indexed: indexing }),
    cache,
    writer: openWriter(
      { model: patientModel(ollama, env.OLLAMA_GENERATION_MODEL, 'ollama_generation'), numCtx: env.OLLAMA_NUM_CTX },
      ollama,
      guard,
      (ms) => createGuard({ ...guarding, deadlineAt: Date.now() + ms }),
    ),
    guard,
    prepare: guard.prepare,
    transitions: () => readTransitions(redis),
    measured: () => readMeasured(redis),
    leases: createLeases(redis, { owner: crypto.randomUUID(), leaseMs: JOB_LEASE_MS, timeoutMs: env.REDIS_TIMEOUT_MS }),
    openJobs: createOpenJobs(redis),
    again: env.SELF === null ? null : openSelf(env, env.SELF, invocation.requestId, trace),
    unguarded: { redis, ollama, qdrant },
    degraded: () => (guard.redis() === 'down' ? ['redis_unavailable:local_breakers'] : []),
  };
}
