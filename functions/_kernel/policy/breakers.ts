import { DEPENDENCIES, type Dependency } from '../failure.ts';
import type { Redis } from '../upstreams/redis.ts';
import type { Isolate } from './isolate.ts';
import type { BreakerState, Grant, Outcome, Report } from './machine.ts';
import { redisLink } from './redis-link.ts';
import { rejections } from './rejections.ts';
import type { BreakerSettings } from './settings.ts';
import { acquireShared, extendShared, readShared, reportShared, steerShared, type Request } from './shared-state.ts';
import { standIn } from './stand-in.ts';

/** A grant and where it came from, since its result goes back there; `token` names the call. */
export type Held = Grant & { origin: 'shared' | 'local' | 'memory'; token: string };

/** A breaker changed state. Every transition of the shared breakers is seen by exactly one isolate. */
export type TransitionEvent = {
  dependency: Dependency;
  from: BreakerState['state'];
  to: BreakerState['state'];
  /** The fault's code when it opened, else empty. */
  reason: string;
  failures: number;
  /** How often it opened in a row. */
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

/** The breakers as one isolate sees them: shared through Redis while it answers, else its own. Nothing here rejects. */
export type Breakers = {
  /** Asks for several at once, at most one round trip; what is known to be open costs none. */
  acquire(requests: readonly Request[]): Promise<Held[]>;
  /** Says what a call came to, where its grant came from. */
  report(dependency: Dependency, held: Held, outcome: Outcome, reason: string): Promise<Report>;
  /** Lengthens the lease of a probe. */
  extend(dependency: Dependency, held: Held, leaseMs: number): Promise<void>;
  /** Isolates or closes, and says where: `local` when Redis did not answer. */
  steer(dependency: Dependency, to: 'isolated' | 'closed'): Promise<'shared' | 'local'>;
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

/** What a breaker is, given what it answered: whoever may probe, or waits for a probe, sees it half-open. */
const STATE_BEHIND = {
  open: 'open',
  closed: 'closed',
  probe: 'half_open',
  busy: 'half_open',
  isolated: 'isolated',
  due: 'open',
} as const;

/** Joins the shared state, the memory of what is open, and the stand-in for when Redis is gone. */
export function breakers({ redis, isolate, settings, now, onTransition }: Options): Breakers {
  const link = redisLink(redis, isolate, settings, now);
  const rejecting = rejections(isolate, settings, now);
  const local = standIn(isolate, settings, now);

  /** Keeps what Redis granted, for this isolate's next requests. */
  const learn = ({ dependency }: Request, held: Held): void => {
    const probe = held.admission === 'probe' ? held.token : '';
    local.mirror(dependency, { ...held, state: STATE_BEHIND[held.admission] }, probe);
    if (held.admission === 'open' || held.admission === 'isolated') rejecting.remember(dependency, held.admission, held.retryAfterMs);
  };

  return {
    async acquire(requests) {
      const known = requests.map((request) => rejecting.recall(request.dependency));
      const asked = requests.filter((_, i) => known[i] === null);
      const grants = asked.length === 0 ? [] : await link.exchange((on) => acquireShared(on, settings, asked));
      return requests.map((request, i) => {
        const token = request.token ?? '';
        const recalled = known[i];
        if (recalled) return { ...recalled, origin: 'memory', token };
        const shared = grants?.[asked.indexOf(request)];
        const source = shared === undefined ? 'local' : 'shared';
        const held: Held = { ...(shared ?? local.acquire(request)), origin: source, token };
        if (source === 'shared') learn(request, held);
        if (held.admission === 'probe') {
          const { failures, opens, retryAfterMs } = held;
          onTransition({
            dependency: request.dependency,
            from: 'open',
            to: 'half_open',
            reason: '',
            failures,
            opens,
            retryAfterMs,
            source,
          });
        }
        return held;
      });
    },

    async report(dependency, held, outcome, reason) {
      const { admission, generation, at, token } = held;
      const result = { outcome, generation, at, token, reason };
      const shared = held.origin === 'shared' ? await link.exchange((on) => reportShared(on, settings, dependency, result)) : null;
      if (shared !== null) local.mirror(dependency, shared, '');
      // When Redis went away since it granted the call, its last word was mirrored and the stand-in counts on from there.
      const said = shared ?? local.report(dependency, result);
      const source = shared === null ? 'local' : 'shared';
      const { change, state: to, failures, opens, retryAfterMs } = said;
      if (change === 'opened' && source === 'shared') rejecting.remember(dependency, 'open', retryAfterMs);
      if (change === 'opened' || change === 'closed' || change === 'handed_back') {
        const from = admission === 'probe' ? 'half_open' : 'closed';
        onTransition({ dependency, from, to, reason: change === 'opened' ? reason : '', failures, opens, retryAfterMs, source });
      }
      return said;
    },

    async extend(dependency, { origin, generation, token }, leaseMs) {
      const lease = { generation, token, leaseMs };
      if (origin === 'shared') await link.exchange((on) => extendShared(on, settings, dependency, lease));
      local.extend(dependency, lease);
    },

    async steer(dependency, to) {
      rejecting.forget(dependency);
      const before = await link.exchange((on) => steerShared(on, settings, dependency, to));
      const from = before ?? local.state(dependency).state;
      local.steer(dependency, to);
      const source = before === null ? 'local' : 'shared';
      if (from !== to) onTransition({ dependency, from, to, reason: '', failures: 0, opens: 0, retryAfterMs: 0, source });
      return source;
    },

    async states() {
      const read = await link.exchange((on) => readShared(on, settings));
      const at = read?.now ?? now();
      return DEPENDENCIES.map((name) => {
        const { state, failures, opens, since, until, reason } = read?.states.get(name) ?? local.state(name);
        return {
          name,
          state,
          failures,
          opens,
          since: since === 0 ? null : since,
          retryAfterMs: Math.max(0, until - at),
          lastReason: reason === '' ? null : reason,
          source: read === null ? 'local' : 'shared',
        };
      });
    },

    redis: () => link.state(),
  };
}
