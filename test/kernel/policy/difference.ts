import type { Redis } from '../../../functions/_kernel/upstreams/redis.ts';
import {
  acquire,
  CLOSED,
  extend,
  report,
  steer,
  type BreakerState,
  type Grant,
  type Outcome,
} from '../../../functions/_kernel/policy/machine.ts';
import { breakerSettings, longestLeaseMs } from '../../../functions/_kernel/policy/settings.ts';
import { acquireShared, extendShared, readShared, reportShared, steerShared } from '../../../functions/_kernel/policy/shared-state.ts';
import { send, withClock } from './redis-servers.ts';

/** What was done, what the two said, and the two states after it. */
export type Difference = { step: number; did: string; redis: unknown; machine: unknown };

const DEPENDENCY = 'qdrant_search';

/** Mulberry32: a small generator with a seed, so that a difference can be run again. */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Does the same random things to the breaker in Redis and to the machine, under one clock that also steps back.
 *
 * Returns the first difference in an answer or in the whole state, or null. Counts what happened into `seen`.
 */
export async function difference(redis: Redis, steps: number, random: () => number, seen: Map<string, number>): Promise<Difference | null> {
  await send(redis, ['DEL', `cb:{rag}:${DEPENDENCY}`]);
  const settings = breakerSettings({ threshold: 3, windowMs: 20_000, openMs: 10_000, maxOpenMs: 35_000 });
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  let now = 1_800_000_000_000;
  const clocked = withClock(redis, () => now);
  const grants: { grant: Grant; token: string }[] = [];
  let state: BreakerState = CLOSED;
  let tokens = 0;

  for (let step = 0; step < steps; step++) {
    if (random() < 0.3) now += Math.floor(random() * pick([5, 1_000, 40_000]));
    if (random() < 0.02) now -= Math.floor(random() * pick([5, 1_000, 600_000]));
    const did = pick([
      'acquire',
      'acquire',
      'acquire',
      'peek',
      'report',
      'report',
      'report',
      'report',
      'again',
      'extend',
      'steer',
    ] as const);
    const chosen = grants.length > 0 ? pick(grants.slice(random() < 0.8 ? -3 : 0)) : { grant: NO_GRANT, token: 'nobody' };
    let answers: [unknown, unknown] = [null, null];
    if (did === 'acquire' || did === 'peek' || did === 'again') {
      const token = did === 'peek' ? null : did === 'again' ? chosen.token : `token ${tokens++}`;
      const leaseMs = pick([4_000, 9_000]);
      const maxLeaseMs = Math.max(leaseMs, longestLeaseMs(settings, DEPENDENCY));
      const [grant] = await acquireShared(clocked, settings, [{ dependency: DEPENDENCY, token, leaseMs }]);
      const mine = acquire(state, now, { token, leaseMs, maxOpenMs: settings.maxOpenMs, maxLeaseMs, busyMs: 1_000 });
      state = mine.state;
      answers = [grant, mine.grant];
      if (token !== null) grants.push({ grant: grant!, token });
      seen.set(mine.grant.admission, (seen.get(mine.grant.admission) ?? 0) + 1);
    } else if (did === 'report') {
      const outcome = pick<Outcome>(['success', 'fault', 'fault', 'fault', 'inconclusive']);
      const reason = pick(['status 500', 'timeout idle', 'connection']);
      const result = { outcome, generation: chosen.grant.generation, at: chosen.grant.at, token: chosen.token, reason };
      const theirs = await reportShared(clocked, settings, DEPENDENCY, result);
      const mine = report(state, now, { ...settings, ...result });
      state = mine.state;
      answers = [theirs, mine.report];
      seen.set(mine.report.change, (seen.get(mine.report.change) ?? 0) + 1);
    } else if (did === 'extend') {
      const lease = { generation: chosen.grant.generation, token: chosen.token, leaseMs: 30_000 };
      const theirs = await extendShared(clocked, settings, DEPENDENCY, lease);
      const mine = extend(state, now, lease);
      state = mine.state;
      answers = [theirs, mine.held];
      if (mine.held) seen.set('extended', (seen.get('extended') ?? 0) + 1);
    } else if (random() < 0.3) {
      const to = pick(['isolated', 'closed', 'closed'] as const);
      answers = [await steerShared(clocked, settings, DEPENDENCY, to), state.state];
      state = steer(state, now, to);
      seen.set(`steered ${to}`, (seen.get(`steered ${to}`) ?? 0) + 1);
    }
    const { states } = await readShared(clocked, settings);
    const theirs = JSON.stringify([answers[0], ordered(states.get(DEPENDENCY)!)]);
    const mine = JSON.stringify([answers[1], ordered(state)]);
    if (theirs !== mine) return { step, did, redis: JSON.parse(theirs), machine: JSON.parse(mine) };
  }
  return null;
}

const NO_GRANT: Grant = { admission: 'closed', generation: -1, at: 0, retryAfterMs: 0, failures: 0, opens: 0 };

function ordered(state: BreakerState): [string, unknown][] {
  return Object.entries(state).toSorted(([a], [b]) => a.localeCompare(b));
}
