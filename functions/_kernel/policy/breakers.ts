import { DEPENDENCIES, UpstreamFault, type Dependency } from '../failure.ts';
import { BREAKER_BUSY_MS } from '../limits.ts';
import type { Redis } from '../upstreams/redis.ts';
import type { Isolate } from './isolate.ts';
import { acquire, CLOSED, extend, report, steer, type BreakerState, type Grant, type Outcome, type Report } from './machine.ts';
import { longestLeaseMs, type BreakerSettings } from './settings.ts';
import { acquireShared, extendShared, readShared, reportShared, steerShared, type Request } from './shared-state.ts';

/** A grant and where it came from, since its result must go back there; `token` names the call. */
export type Held = Grant & { origin: 'shared' | 'local' | 'memory'; token: string };

/** A breaker changed state; `opens` counts how often in a row. Every transition of the fleet is seen by exactly one isolate. */
export type TransitionEvent = {
  dependency: Dependency;
  from: BreakerState['state'];
  to: BreakerState['state'];
  /** The fault's code when it opened, else empty. */
  reason: string;
  failures: number;
  opens: number;
  retryAfterMs: number;
  source: 'shared' | 'local';
};

/** One breaker for status pages; `since` is when it left the closed state (epoch ms), null while closed. */
export type BreakerView = {
  name: Dependency;
  state: BreakerState['state'];
  failures: number;
  opens: number;
  since: number | null;
  retryAfterMs: number;
  lastReason: string | null;
  source: 'shared' | 'local';
};

/** The breakers as one isolate sees them: shared through Redis while it answers, else its own. */
export type Breakers = {
  /** Asks for several at once, at most one round trip; what is known to be open costs none. Never rejects. */
  acquire(requests: readonly Request[]): Promise<Held[]>;
  /** Says what a call came to, where its grant came from. Never rejects. */
  report(dependency: Dependency, held: Held, outcome: Outcome, reason: string): Promise<Report>;
  /** Lengthens the lease of a probe. Never rejects. */
  extend(dependency: Dependency, held: Held, leaseMs: number): Promise<void>;
  steer(dependency: Dependency, to: 'isolated' | 'closed'): Promise<void>;
  states(): Promise<BreakerView[]>;
  redis(): 'up' | 'down';
};

type Options = {
  redis: Redis | null;
  isolate: Isolate;
  settings: BreakerSettings;
  now: () => number;
  onTransition: (event: TransitionEvent) => void;
};

/** Joins the shared state and the isolate's own machine, which takes over whenever Redis does not answer. */
export function breakers({ redis, isolate, settings, now, onTransition }: Options): Breakers {
  const stateOf = (dependency: Dependency): BreakerState => isolate.states.get(dependency) ?? CLOSED;

  /** Runs one exchange with Redis, or null when the isolate is on its own. */
  const shared = async <T>(exchange: (redis: Redis) => Promise<T>): Promise<T | null> => {
    if (redis === null) return null;
    const before = isolate.redis;
    if (before.state === 'down') {
      const left = before.retryAt - now();
      if (left > 0 && left <= settings.redisRetryMs) return null;
      // One call tries; the others of this isolate go on without Redis meanwhile.
      isolate.redis = { state: 'down', retryAt: now() + settings.redisRetryMs };
    }
    try {
      const result = await exchange(redis);
      isolate.redis = { state: 'up' };
      return result;
    } catch (error) {
      if (!(error instanceof UpstreamFault)) throw error;
      isolate.redis = { state: 'down', retryAt: now() + settings.redisRetryMs };
      return null;
    }
  };

  const remembered = (dependency: Dependency): Held | null => {
    const rejection = isolate.rejections.get(dependency);
    if (rejection === undefined) return null;
    const left = rejection.believedUntil - now();
    // Longer than it was ever believed: the clock stepped back.
    if (left <= 0 || left > settings.memoryMs) {
      isolate.rejections.delete(dependency);
      return null;
    }
    const retryAfterMs = Math.max(left, rejection.opensAt - now());
    return { origin: 'memory', token: '', admission: rejection.admission, generation: 0, at: 0, retryAfterMs, failures: 0, opens: 0 };
  };

  const remember = (dependency: Dependency, admission: 'open' | 'isolated', retryAfterMs: number): void => {
    const believedMs = admission === 'isolated' ? settings.memoryMs : Math.min(settings.memoryMs, retryAfterMs);
    isolate.rejections.set(dependency, { admission, believedUntil: now() + believedMs, opensAt: now() + retryAfterMs });
  };

  const acquireLocal = (request: Request): Grant => {
    const result = acquire(stateOf(request.dependency), now(), {
      token: request.token,
      leaseMs: request.leaseMs,
      maxOpenMs: settings.maxOpenMs,
      maxLeaseMs: Math.max(request.leaseMs, longestLeaseMs(settings, request.dependency)),
      busyMs: BREAKER_BUSY_MS,
    });
    isolate.states.set(request.dependency, result.state);
    return result.grant;
  };

  const reportLocal = (
    dependency: Dependency,
    held: Pick<Held, 'generation' | 'at' | 'token'>,
    outcome: Outcome,
    reason: string,
  ): Report => {
    const { generation, at, token } = held;
    const { threshold, windowMs, openMs, maxOpenMs } = settings;
    const input = { outcome, generation, at, token, threshold, windowMs, openMs, maxOpenMs, reason };
    const result = report(stateOf(dependency), now(), input);
    isolate.states.set(dependency, result.state);
    return result.report;
  };

  /** What Redis said becomes the start of the machine that would stand in for it. */
  const mirror = (
    dependency: Dependency,
    said: { state: BreakerState['state']; retryAfterMs: number; failures: number; opens: number },
  ): void => {
    if (said.state === 'closed' && said.failures === 0) {
      isolate.states.delete(dependency);
      return;
    }
    const at = now();
    // Another's probe is not ours to wait for: the stand-in probes once that lease would be over.
    const state = said.state === 'half_open' ? 'open' : said.state;
    const until = state === 'open' ? at + said.retryAfterMs : 0;
    const since = state === 'closed' ? 0 : at;
    const { failures, opens } = said;
    isolate.states.set(dependency, { ...CLOSED, state, generation: at, failures, opens, until, since, streakAt: failures > 0 ? at : 0 });
  };

  return {
    async acquire(requests) {
      const answers = requests.map((request) => remembered(request.dependency));
      const asked = requests.filter((_, i) => answers[i] === null);
      const grants = asked.length === 0 ? [] : await shared((open) => acquireShared(open, settings, asked));
      let next = 0;
      return requests.map((request, i) => {
        const known = answers[i];
        if (known !== undefined && known !== null) return known;
        const grant = grants?.[next++] ?? null;
        const origin = grant === null ? 'local' : 'shared';
        const held: Held = { ...(grant ?? acquireLocal(request)), origin, token: request.token ?? '' };
        if (origin === 'shared') {
          const state = held.admission === 'probe' || held.admission === 'busy' || held.admission === 'due' ? 'half_open' : held.admission;
          mirror(request.dependency, { ...held, state });
        }
        if (held.admission === 'open' || held.admission === 'isolated') {
          if (origin === 'shared') remember(request.dependency, held.admission, held.retryAfterMs);
        } else if (held.admission === 'probe') {
          const { failures, opens, retryAfterMs } = held;
          onTransition({
            dependency: request.dependency,
            from: 'open',
            to: 'half_open',
            reason: '',
            failures,
            opens,
            retryAfterMs,
            source: origin,
          });
        }
        return held;
      });
    },

    async report(dependency, held, outcome, reason) {
      const { generation, at, token } = held;
      let source: 'shared' | 'local' = 'shared';
      let said =
        held.origin === 'shared'
          ? await shared((open) => reportShared(open, settings, dependency, { outcome, generation, at, token, reason }))
          : null;
      if (said === null) {
        source = 'local';
        // A grant of Redis that can no longer be reported there counts here, under the stand-in's own generation.
        const own = held.origin === 'shared' ? { generation: stateOf(dependency).generation, at: now(), token } : held;
        said = reportLocal(dependency, own, outcome, reason);
      } else {
        mirror(dependency, said);
      }
      if (said.change === 'opened' && source === 'shared') remember(dependency, 'open', said.retryAfterMs);
      if (said.change === 'opened' || said.change === 'closed' || said.change === 'handed_back') {
        const from = held.admission === 'probe' ? 'half_open' : 'closed';
        const { failures, opens, retryAfterMs } = said;
        onTransition({
          dependency,
          from,
          to: said.state,
          reason: said.change === 'opened' ? reason : '',
          failures,
          opens,
          retryAfterMs,
          source,
        });
      }
      return said;
    },

    async extend(dependency, held, leaseMs) {
      const lease = { generation: held.generation, token: held.token, leaseMs };
      if (held.origin === 'shared') await shared((open) => extendShared(open, settings, dependency, lease));
      else isolate.states.set(dependency, extend(stateOf(dependency), now(), lease).state);
    },

    async steer(dependency, to) {
      isolate.rejections.delete(dependency);
      const before = await shared((open) => steerShared(open, settings, dependency, to));
      const from = before ?? stateOf(dependency).state;
      isolate.states.set(dependency, steer(stateOf(dependency), now(), to));
      const source = before === null ? 'local' : 'shared';
      if (from !== to) onTransition({ dependency, from, to, reason: '', failures: 0, opens: 0, retryAfterMs: 0, source });
    },

    async states() {
      const read = await shared((open) => readShared(open, settings));
      const at = read?.now ?? now();
      return DEPENDENCIES.map((name) => {
        const state = read?.states.get(name) ?? stateOf(name);
        return {
          name,
          state: state.state,
          failures: state.failures,
          opens: state.opens,
          since: state.since === 0 ? null : state.since,
          retryAfterMs: state.state === 'open' || state.state === 'half_open' ? Math.max(0, state.until - at) : 0,
          lastReason: state.reason === '' ? null : state.reason,
          source: read === null ? 'local' : 'shared',
        };
      });
    },

    redis: () => (redis !== null && isolate.redis.state === 'up' ? 'up' : 'down'),
  };
}
