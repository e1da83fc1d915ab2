import { openRedis } from '#redis';
import { tenantOf } from './corpus/names.ts';
import { indexing, NO_CHOICE, type Choice, type Fingerprint } from './corpus/fingerprint.ts';
import type { Placement, Store } from './corpus/store.ts';
import type { Env } from './env.ts';
import type { Dependency } from './failure.ts';
import type { Invocation } from './http/app.ts';
import { log } from './http/log.ts';
import { JOB_LEASE_MS, MODEL_INFO_TTL_MS } from './limits.ts';
import { createGuard, type Guard } from './policy/guard.ts';
import { createLeases, type Leases } from './policy/lease.ts';
import { countTransition, readTransitions, type Transitions } from './policy/transitions.ts';
import { modelProfile } from './retrieval/models.ts';
import { together } from './together.ts';
import { readFleet, tellFleet } from './telemetry/fleet.ts';
import { measureCall } from './telemetry/measure-call.ts';
import { untold } from './telemetry/meter.ts';
import { createOllama, type OllamaClient } from './upstreams/ollama.ts';
import { createQdrant, type Qdrant } from './upstreams/qdrant.ts';
import type { Redis } from './upstreams/redis.ts';
import { openWriter, type Writer } from './writer.ts';

/** The embedding model, behind its breaker. */
export type Embedder = {
  model: string;
  /** Weight of its list in the fused score, 0–1. */
  denseWeight: number;
  /**
   * A question's vector by a model (default: the configured one); cut to the model's context if it is longer. Questions asked in one go
   * are embedded in one call.
   */
  question(text: string, model?: string): Promise<number[]>;
  /** Passages' vectors by the model an index was made with, in order; a text longer than the context is refused, not cut. */
  passages(
    texts: string[],
    index: Pick<Fingerprint, 'model' | 'dimension' | 'documentPrefix'>,
    options: { retried: boolean },
  ): Promise<number[][]>;
  /** What an index of that choice (default: none) would be made with now; digest and dimension are asked of the model. */
  fingerprint(choice?: Choice): Promise<Fingerprint>;
};

/** Everything an operation can reach, for one invocation and closed with it. */
export type Connections = {
  corpus(consumer: string): Store;
  embedder: Embedder;
  writer: Writer;
  guard: Guard;
  /** Asks for the breakers of an operation at once, before its first call. */
  prepare(dependencies: readonly Dependency[]): Promise<void>;
  /** How often breakers changed state; null while Redis is away. */
  transitions(): Promise<Transitions | null>;
  /** What every instance measured so far, by field (see `telemetry/`); null while Redis is away. */
  measured(): Promise<ReadonlyMap<string, number> | null>;
  /** What this instance measured and has not told the others yet. */
  untold(): ReadonlyMap<string, number>;
  leases: Leases;
  /** Asks this same function for a path again, as the gateway would, in an invocation of its own; null where one may last as long as it likes. */
  again: ((consumer: string, path: string) => Promise<void>) | null;
  /** The clients themselves, without breakers: for probes only. */
  unguarded: { redis: Redis; ollama: OllamaClient; qdrant: Qdrant };
  /** Everything dependency calls had to do without so far. */
  degraded(): 'redis_unavailable:local_breakers'[];
};

/** What an isolate remembers of a model: plain data, so it may outlive the invocation. */
const knownModels = new Map<string, { digest: string | null; dimension: number; until: number }>();

/** A model that may have to load first, which it is given its own time for. */
function patientModel(ollama: OllamaClient, name: string, dependency: 'ollama_embedding' | 'ollama_generation') {
  return { name, loaded: async (signal: AbortSignal) => (await ollama.loaded(signal, dependency)).some((one) => sameModel(one, name)) };
}

/** Ollama lists a model without a tag as `:latest`. */
const sameModel = (listed: string, wanted: string): boolean => listed === wanted || listed === `${wanted}:latest`;

function openEmbedder(env: Env, ollama: OllamaClient, guard: Guard): Embedder {
  const model = env.OLLAMA_EMBEDDING_MODEL;
  const profile = modelProfile(model);
  const embed = async (request: { model: string; texts: string[]; truncate: boolean; dimension: number | null }, retried = true) => {
    const call = (signal: AbortSignal) => ollama.embed(signal, request);
    const options = { idempotent: retried, model: patientModel(ollama, request.model, 'ollama_embedding') };
    return (await guard.run('ollama_embedding', call, options)).vectors;
  };
  const identity = async (asked: string) => {
    const key = `${env.OLLAMA_URL} ${asked}`;
    const known = knownModels.get(key);
    if (known !== undefined && known.until > Date.now()) return known;
    const [[vector], models] = await Promise.all([
      embed({ model: asked, texts: ['dimension'], truncate: true, dimension: null }),
      guard.run('ollama_embedding', (signal) => ollama.models(signal), { idempotent: true }),
    ]);
    const listed = models.find(({ name }) => sameModel(name, asked));
    const fresh = { digest: listed?.digest ?? null, dimension: vector!.length, until: Date.now() + MODEL_INFO_TTL_MS };
    knownModels.set(key, fresh);
    return fresh;
  };
  const question = together((texts, asked) => embed({ model: asked, texts, truncate: true, dimension: null }));
  return {
    model,
    denseWeight: profile.denseWeight,
    question: (text, asked = model) => question(modelProfile(asked).queryPrefix + text, asked),
    passages: (texts, index, { retried }) =>
      embed({ ...index, texts: texts.map((text) => index.documentPrefix + text), truncate: false }, retried),
    async fingerprint(choice = NO_CHOICE) {
      const known = indexing(model, choice);
      const { digest, dimension } = await identity(known.model);
      return { ...known, digest, dimension };
    },
  };
}

function placementOf(env: Env): Placement {
  return {
    ...(env.QDRANT_SHARD_NUMBER !== null && { shard_number: env.QDRANT_SHARD_NUMBER }),
    ...(env.QDRANT_REPLICATION_FACTOR !== null && { replication_factor: env.QDRANT_REPLICATION_FACTOR }),
    ...(env.QDRANT_WRITE_CONSISTENCY_FACTOR !== null && { write_consistency_factor: env.QDRANT_WRITE_CONSISTENCY_FACTOR }),
  };
}

function openSelf(env: Env, self: NonNullable<Env['SELF']>, requestId: string) {
  return async (consumer: string, path: string) => {
    const headers = {
      'x-service-token': env.SERVICE_TOKEN,
      'x-consumer-custom-id': consumer,
      'x-consumer-groups': 'reader,writer',
      'x-request-id': requestId,
    };
    const response = await self.fetch(`http://self/api/v1/rag${path}`, { headers });
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
  const redis = openRedis(env.REDIS_URL);
  invocation.atEnd(async () => {
    await tellFleet(redis);
    await redis.close();
  });
  const headers = {
    'x-request-id': invocation.requestId,
    ...(invocation.traceparent !== null && { traceparent: invocation.traceparent }),
  };
  const qdrant = createQdrant({ url: env.QDRANT_URL, apiKey: env.QDRANT_API_KEY, headers });
  const ollama = createOllama({ url: env.OLLAMA_URL, headers });
  const guarding: Parameters<typeof createGuard>[0] = {
    redis,
    caller: invocation.signal,
    deadlineAt: null,
    defer: invocation.defer,
    settings: { openMs: env.BREAKER_OPEN_MS, redisMs: env.REDIS_TIMEOUT_MS },
    onTransition(event) {
      log({ level: 'warn', in: 'breaker', requestId: invocation.requestId, ...event });
      invocation.defer(countTransition(redis, event));
    },
    onCall: measureCall,
  };
  const guard = createGuard(guarding);
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
    embedder: openEmbedder(env, ollama, guard),
    writer: openWriter(
      { model: patientModel(ollama, env.OLLAMA_GENERATION_MODEL, 'ollama_generation'), numCtx: env.OLLAMA_NUM_CTX },
      ollama,
      guard,
      (ms) => createGuard({ ...guarding, deadlineAt: Date.now() + ms }),
    ),
    guard,
    prepare: guard.prepare,
    transitions: () => readTransitions(redis),
    measured: () => readFleet(redis),
    untold,
    leases: createLeases(redis, { owner: crypto.randomUUID(), leaseMs: JOB_LEASE_MS, timeoutMs: env.REDIS_TIMEOUT_MS }),
    again: env.SELF === null ? null : openSelf(env, env.SELF, invocation.requestId),
    unguarded: { redis, ollama, qdrant },
    degraded: () => (guard.redis() === 'down' ? ['redis_unavailable:local_breakers'] : []),
  };
}
