import { DEPENDENCIES, UpstreamFault, type Dependency } from '../failure.ts';
import { BREAKER_BUSY_MS, BREAKER_TTL_MS } from '../limits.ts';
import type { Command, Redis, Reply } from '../upstreams/redis.ts';
import type { Admission, BreakerState, Change, Grant, Outcome, Report } from './machine.ts';
import { ACQUIRE, EXTEND, REPORT, STEER, type Script } from './scripts.ts';
import { longestLeaseMs, type BreakerSettings } from './settings.ts';

const ADMISSIONS: readonly Admission[] = ['open', 'closed', 'probe', 'busy', 'isolated', 'due'];
const CHANGES: readonly Change[] = ['none', 'counted', 'opened', 'closed', 'handed_back'];
const STATES = { 0: 'closed', 1: 'open', 2: 'half_open', 4: 'isolated' } as const;
const LETTERS = { c: 'closed', o: 'open', h: 'half_open', x: 'isolated' } as const;
const OUTCOMES: Record<Outcome, string> = { success: 's', fault: 'f', inconclusive: 'i' };
const FIELDS = ['s', 'g', 'f', 'w', 'u', 'n', 'p', 'r', 'a'] as const;
/** A probe's key lives this long, since its lease may be extended while a model loads. */
const PROBE_TTL_MS = 86_400_000;

/** The key of a breaker; the tag keeps all of them in one Cluster slot, so that one pipeline reaches them. */
export function breakerKey(dependency: Dependency): string {
  return `cb:{rag}:${dependency}`;
}

export type Request = { dependency: Dependency; token: string | null; leaseMs: number };
export type Result = { outcome: Outcome; generation: number; at: number; token: string; reason: string };

const evalsha = (script: Script, key: string, args: readonly (string | number)[]): Command => ['EVALSHA', script.sha1, 1, key, ...args];

/** A reply that no breaker can be made of: Redis is read-only after a failover, still loading, or keeps another type under the key. */
function unusable(reply: Reply | undefined): UpstreamFault {
  return new UpstreamFault('redis', { kind: 'bad_answer' }, reply);
}

/** Runs scripts in one pipeline; what the server has not cached (a restart, SCRIPT FLUSH) is sent whole in a second one. */
async function run(redis: Redis, timeoutMs: number, calls: readonly { script: Script; command: Command }[]): Promise<Reply[]> {
  const commands = calls.map((call) => call.command);
  const replies = await redis.send(commands, { timeoutMs });
  const missing = calls.flatMap((_, i) => (isNoScript(replies[i]) ? [i] : []));
  if (missing.length > 0) {
    const whole = missing.map((i): Command => ['EVAL', calls[i]!.script.source, ...calls[i]!.command.slice(2)]);
    const again = await redis.send(whole, { timeoutMs });
    missing.forEach((i, n) => (replies[i] = again[n] ?? null));
  }
  return replies;
}

function isNoScript(reply: Reply | undefined): boolean {
  return reply instanceof Error && reply.message.startsWith('NOSCRIPT');
}

function integers(reply: Reply | undefined): [number, number, number, number, number, number] {
  const values = Array.isArray(reply) ? reply.map(Number) : [];
  if (values.length < 6 || !values.every(Number.isFinite)) throw unusable(reply);
  return values as [number, number, number, number, number, number];
}

/** Acquires breakers in one pipeline. Rejects with `UpstreamFault('redis')` when Redis cannot be used. */
export async function acquireShared(redis: Redis, settings: BreakerSettings, requests: readonly Request[]): Promise<Grant[]> {
  const calls = requests.map(({ dependency, token, leaseMs }) => ({
    script: ACQUIRE,
    command: evalsha(ACQUIRE, breakerKey(dependency), [
      token ?? '',
      leaseMs,
      settings.maxOpenMs,
      Math.max(leaseMs, longestLeaseMs(settings, dependency)),
      BREAKER_BUSY_MS,
      PROBE_TTL_MS,
    ]),
  }));
  const replies = await run(redis, settings.redisMs, calls);
  return requests.map((_, i) => {
    const [admission, generation, at, retryAfterMs, failures, opens] = integers(replies[i]);
    return { admission: ADMISSIONS[admission] ?? 'open', generation, at, retryAfterMs, failures, opens };
  });
}

/** Reports what a call came to. Rejects with `UpstreamFault('redis')` when Redis cannot be used. */
export async function reportShared(redis: Redis, settings: BreakerSettings, dependency: Dependency, result: Result): Promise<Report> {
  const command = evalsha(REPORT, breakerKey(dependency), [
    OUTCOMES[result.outcome],
    result.generation,
    result.at,
    result.token,
    settings.threshold,
    settings.windowMs,
    settings.openMs,
    settings.maxOpenMs,
    BREAKER_TTL_MS,
    result.reason,
  ]);
  const [reply] = await run(redis, settings.redisMs, [{ script: REPORT, command }]);
  const [change, state, generation, retryAfterMs, failures, opens] = integers(reply);
  return {
    change: CHANGES[change] ?? 'none',
    state: STATES[state as keyof typeof STATES] ?? 'closed',
    generation,
    retryAfterMs,
    failures,
    opens,
  };
}

/** Lengthens a probe's lease; true when it was still held. Rejects with `UpstreamFault('redis')` when Redis cannot be used. */
export async function extendShared(
  redis: Redis,
  settings: BreakerSettings,
  dependency: Dependency,
  lease: { generation: number; token: string; leaseMs: number },
): Promise<boolean> {
  const command = evalsha(EXTEND, breakerKey(dependency), [lease.generation, lease.token, lease.leaseMs]);
  const [reply] = await run(redis, settings.redisMs, [{ script: EXTEND, command }]);
  if (typeof reply !== 'number') throw unusable(reply);
  return reply === 1;
}

/** Isolates or closes by hand and says what it was before. Rejects with `UpstreamFault('redis')` when Redis cannot be used. */
export async function steerShared(
  redis: Redis,
  settings: BreakerSettings,
  dependency: Dependency,
  to: 'isolated' | 'closed',
): Promise<BreakerState['state']> {
  const command = evalsha(STEER, breakerKey(dependency), [to === 'isolated' ? 'x' : 'c', BREAKER_TTL_MS]);
  const [reply] = await run(redis, settings.redisMs, [{ script: STEER, command }]);
  const state = typeof reply === 'number' ? STATES[reply as keyof typeof STATES] : undefined;
  if (state === undefined) throw unusable(reply);
  return state;
}

/** Reads all breakers and the server's clock in one pipeline, changing nothing. Rejects with `UpstreamFault('redis')`. */
export async function readShared(redis: Redis, settings: BreakerSettings): Promise<{ now: number; states: Map<Dependency, BreakerState> }> {
  const reads = DEPENDENCIES.map((dependency): Command => ['HMGET', breakerKey(dependency), ...FIELDS]);
  const [time, ...hashes] = await redis.send([['TIME'], ...reads], { timeoutMs: settings.redisMs });
  if (!Array.isArray(time)) throw unusable(time);
  const now = Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000);
  return { now, states: new Map(DEPENDENCIES.map((dependency, i) => [dependency, hydrate(hashes[i])])) };
}

function hydrate(hash: Reply | undefined): BreakerState {
  if (!Array.isArray(hash)) throw unusable(hash);
  const [s, g, f, w, u, n, p, r, a] = hash.map((value) => (value === null ? '' : String(value)));
  return {
    state: LETTERS[(s || 'c') as keyof typeof LETTERS] ?? 'closed',
    generation: Number(g),
    failures: Number(f),
    streakAt: Number(w),
    until: Number(u),
    opens: Number(n),
    probe: p ?? '',
    reason: r ?? '',
    since: Number(a),
  };
}
