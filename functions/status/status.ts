import { collectionOf, type Tenant } from '../_kernel/corpus/names.ts';
import type { Dependency } from '../_kernel/failure.ts';
import type { BreakerView } from '../_kernel/policy/breakers.ts';
import { PROBE_MS } from '../_kernel/limits.ts';
import type { OllamaClient } from '../_kernel/upstreams/ollama.ts';
import type { Qdrant } from '../_kernel/upstreams/qdrant.ts';
import type { Redis } from '../_kernel/upstreams/redis.ts';
import { clusterView } from './cluster.ts';
import type { HealthResponse, Probe, StatusResponse } from './contract.ts';
import { version } from './version.ts';

export type StatusContext = {
  breakers: { states(): Promise<BreakerView[]>; redis(): 'up' | 'down' };
  unguarded: { redis: Redis; ollama: OllamaClient; qdrant: Qdrant };
  models: { embedding: string; generation: string };
  transitions(): Promise<Record<string, number> | null>;
};

type ByDependency<T> = Record<Dependency, T>;

function byDependency<T>(views: readonly BreakerView[], of: (view: BreakerView) => T): ByDependency<T> {
  return Object.fromEntries(views.map((view) => [view.name, of(view)])) as ByDependency<T>;
}

/**
 * How the service stands, from the breakers alone: no upstream is called.
 *
 * `unhealthy` when nothing can be searched, `degraded` when something else is missing.
 */
export async function health({ breakers }: Pick<StatusContext, 'breakers'>): Promise<HealthResponse> {
  const circuitBreakers = byDependency(await breakers.states(), ({ state }) => state);
  const redis = breakers.redis();
  const down = (state: BreakerView['state']) => state === 'open' || state === 'isolated';
  const whole = redis === 'up' && Object.values(circuitBreakers).every((state) => state === 'closed');
  const verdict = down(circuitBreakers.qdrant_search) ? 'unhealthy' : whole ? 'healthy' : 'degraded';
  return { status: verdict, version, circuitBreakers, redis };
}

/** Asks one dependency, with a deadline of its own and past its breaker, because an operator wants to know how it is now. */
async function probed<T>(
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<{ up: boolean; latencyMs: number; problem: string | null; answer: T | null }> {
  const started = performance.now();
  const latency = () => Math.round((performance.now() - started) * 10) / 10;
  try {
    const answer = await ask(AbortSignal.timeout(PROBE_MS));
    return { up: true, latencyMs: latency(), problem: null, answer };
  } catch {
    return {
      up: false,
      latencyMs: latency(),
      problem: latency() >= PROBE_MS ? `no answer within ${PROBE_MS} ms` : 'it refused or broke the connection',
      answer: null,
    };
  }
}

async function qdrantStatus(qdrant: Qdrant, tenant: Tenant): Promise<StatusResponse['dependencies']['qdrant']> {
  const { answer, ...probe } = await probed(async (signal) => {
    const [root, listed] = await Promise.all([
      qdrant('qdrant_search', signal, async (api, init) => ({ data: { result: (await api.root({}, init)).data } })),
      qdrant('qdrant_search', signal, (api, init) => api.getCollectionsAliases({}, init)),
    ]);
    const own = listed.aliases.filter(({ alias_name }) => collectionOf(tenant, alias_name) !== null);
    const cluster = await clusterView(
      qdrant,
      signal,
      own.map(({ collection_name }) => collection_name),
    );
    return { version: root.version, collections: own.length, cluster };
  });
  return {
    ...probe,
    version: answer?.version ?? null,
    collections: answer?.collections ?? null,
    cluster: answer?.cluster ?? null,
  };
}

async function ollamaStatus(ollama: OllamaClient, models: StatusContext['models']): Promise<StatusResponse['dependencies']['ollama']> {
  const { answer, ...probe } = await probed(async (signal) => {
    const [running, present] = await Promise.all([ollama.version(signal), ollama.models(signal)]);
    return { running, present };
  });
  const isPresent = (name: string) => answer?.present.some((one) => one.name === name || one.name === `${name}:latest`) ?? false;
  const wanted = [
    { name: models.embedding, role: 'embedding' as const },
    { name: models.generation, role: 'generation' as const },
  ];
  return { ...probe, version: answer?.running ?? null, models: wanted.map((one) => ({ ...one, present: isPresent(one.name) })) };
}

async function redisStatus(redis: Redis): Promise<Probe> {
  const { answer, ...probe } = await probed(async () => {
    const [, info] = await redis.send([['PING'], ['INFO', 'server']], { timeoutMs: PROBE_MS });
    return typeof info === 'string' ? (/redis_version:(\S+)/.exec(info)?.[1] ?? null) : null;
  });
  return { ...probe, version: answer };
}

/** One breaker's counts as `from_to`. */
function ofBreaker(name: Dependency, counts: Record<string, number> | null): Record<string, number> | null {
  if (counts === null) return null;
  const own = Object.entries(counts).filter(([key]) => key.startsWith(`${name} `));
  return Object.fromEntries(own.map(([key, count]) => [key.slice(name.length + 1).replace(' ', '_to_'), count]));
}

/** How each dependency is now, asked of it, and what the breakers know of it; only the tenant's own collections are counted. */
export async function status({ breakers, unguarded, models, transitions }: StatusContext, tenant: Tenant): Promise<StatusResponse> {
  const [qdrant, ollama, redis, views, counts] = await Promise.all([
    qdrantStatus(unguarded.qdrant, tenant),
    ollamaStatus(unguarded.ollama, models),
    redisStatus(unguarded.redis),
    breakers.states(),
    transitions(),
  ]);
  const circuitBreakers = byDependency(views, ({ name, state, failures, since, retryAfterMs, lastReason }) => ({
    state,
    failures,
    since: since === null ? null : new Date(since).toISOString(),
    retryAfterMs,
    lastReason,
    transitions: ofBreaker(name, counts),
  }));
  return { version, dependencies: { qdrant, ollama, redis }, circuitBreakers };
}
