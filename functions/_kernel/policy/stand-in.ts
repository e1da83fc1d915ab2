import type { Dependency } from '../failure.ts';
import { BREAKER_BUSY_MS } from '../limits.ts';
import type { Isolate } from './isolate.ts';
import { acquire, CLOSED, extend, report, steer } from './machine.ts';
import type { BreakerState, Grant, Report } from './machine.ts';
import { longestLeaseMs, type BreakerSettings } from './settings.ts';
import type { Request, Result } from './shared-state.ts';

/** What Redis said of a breaker, whichever script said it. */
export type Said = Pick<BreakerState, 'state' | 'generation' | 'failures' | 'opens'> & { retryAfterMs: number };

/** The machine over this isolate's own data, which takes over when Redis does not answer. */
export type StandIn = {
  state(dependency: Dependency): BreakerState;
  acquire(request: Request): Grant;
  report(dependency: Dependency, result: Result): Report;
  extend(dependency: Dependency, lease: { generation: number; token: string; leaseMs: number }): void;
  steer(dependency: Dependency, to: 'isolated' | 'closed'): void;
  /** Takes over what Redis said, so that the stand-in would start from there; `probe` is the token of a lease we hold. */
  mirror(dependency: Dependency, said: Said, probe: string): void;
};

/** Opens the isolate's own breakers; nothing here waits. */
export function standIn(isolate: Isolate, settings: BreakerSettings, now: () => number): StandIn {
  const stateOf = (dependency: Dependency): BreakerState => isolate.states.get(dependency) ?? CLOSED;
  const keep = (dependency: Dependency, state: BreakerState): void => void isolate.states.set(dependency, state);
  return {
    state: stateOf,
    acquire({ dependency, token, leaseMs }) {
      const maxLeaseMs = Math.max(leaseMs, longestLeaseMs(settings, dependency));
      const input = { token, leaseMs, maxOpenMs: settings.maxOpenMs, maxLeaseMs, busyMs: BREAKER_BUSY_MS };
      const { state, grant } = acquire(stateOf(dependency), now(), input);
      keep(dependency, state);
      return grant;
    },
    report(dependency, result) {
      const { threshold, windowMs, openMs, maxOpenMs } = settings;
      const said = report(stateOf(dependency), now(), { ...result, threshold, windowMs, openMs, maxOpenMs });
      keep(dependency, said.state);
      return said.report;
    },
    extend: (dependency, lease) => keep(dependency, extend(stateOf(dependency), now(), lease).state),
    steer: (dependency, to) => keep(dependency, steer(stateOf(dependency), now(), to)),
    mirror(dependency, { state, generation, failures, opens, retryAfterMs }, probe) {
      const at = now();
      // Another's probe is awaited for as long as Redis told us to, not for its whole lease: that one may never be heard of again.
      const until = state === 'open' || state === 'half_open' ? at + retryAfterMs : 0;
      const { reason, since } = stateOf(dependency);
      const left = state === 'closed' ? 0 : since === 0 ? at : since;
      keep(dependency, { state, generation, failures, streakAt: failures > 0 ? at : 0, until, opens, probe, reason, since: left });
    },
  };
}
