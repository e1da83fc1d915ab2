import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  isBrokenCircuitError,
  isIsolatedCircuitError,
  noop,
  type CircuitBreakerPolicy,
  type IDefaultPolicyContext,
  type IPolicy,
} from 'cockatiel';
import { Failure, UpstreamFault, type Dependency } from '../failure.ts';
import { RETRY_LATER_MS } from '../limits.ts';
import type { Breakers, Held } from './breakers.ts';
import { Expired } from './deadlines.ts';
import type { Outcome } from './machine.ts';
import type { BreakerSettings } from './settings.ts';
import { reasonCode, verdict, type Verdict } from './verdict.ts';

/** What a call under the breaker knows: its grant, which is up to date after every report. */
export type BreakerContext = IDefaultPolicyContext & { held: Held };

/** Judges anything that was thrown; what is not an `UpstreamFault` is a defect of ours and says nothing about the dependency. */
export function judge(error: unknown): Verdict {
  if (error instanceof Expired) return verdict(error.fault, error.owner);
  return error instanceof UpstreamFault ? verdict(error.fault) : 'inconclusive';
}

type Options = {
  dependency: Dependency;
  breakers: Breakers;
  settings: BreakerSettings;
  take: () => Promise<Held>;
  defer: (work: Promise<unknown>) => void;
  /** A stream's first item proves that a probe succeeded; a streak of failures ends only when the stream does. */
  streak: 'ends_with_call' | 'ends_with_stream';
};

/**
 * A cockatiel policy whose state is the fleet's: takes a grant, runs the call in a breaker hydrated from it, reports the outcome.
 *
 * Rejects with `Failure('dependency_unavailable')` when the breaker is open, isolated or being probed by another; else as the
 * call does. The report of a fault or a probe is awaited, so that the next call sees it; that of a mere success is deferred.
 */
export function sharedBreaker({ dependency, breakers, settings, take, defer, streak }: Options): IPolicy<BreakerContext> {
  const settle = async (held: Held, outcome: Outcome, reason: string): Promise<void> => {
    const said = await breakers.report(dependency, held, outcome, reason);
    held.generation = said.generation;
    if (said.change === 'closed') Object.assign(held, { admission: 'closed', failures: 0 });
    if (said.change === 'opened') Object.assign(held, { admission: 'open', retryAfterMs: said.retryAfterMs });
  };

  const attempt = async <T>(
    held: Held,
    call: (context: BreakerContext) => PromiseLike<T> | T,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    const breaker = hydrated(held, settings);
    let result: T;
    try {
      result = await breaker.execute((context) => call({ ...context, held }), signal);
    } catch (error) {
      if (isBrokenCircuitError(error) || isIsolatedCircuitError(error)) throw rejected(dependency, held, settings, error);
      const judged = judge(error);
      const reason = error instanceof UpstreamFault ? reasonCode(error.fault) : '';
      // An answer that we brought upon ourselves still proves that a probed dependency is alive.
      if (judged === 'fault') await settle(held, 'fault', reason);
      else if (held.admission === 'probe') await settle(held, judged === 'ours' ? 'success' : 'inconclusive', '');
      throw error;
    }
    if (held.admission === 'probe') await settle(held, 'success', '');
    else if (held.failures > 0 && streak === 'ends_with_call') defer(breakers.report(dependency, held, 'success', ''));
    return result;
  };

  return {
    _altReturn: undefined as never,
    onSuccess: noop.onSuccess,
    onFailure: noop.onFailure,
    async execute(call, signal) {
      if (signal?.aborted === true) throw new UpstreamFault(dependency, { kind: 'caller_left' });
      const held = await take();
      const work = attempt(held, call, signal);
      // A Worker is cancelled when its client leaves; the lease must be handed back all the same.
      if (held.admission === 'probe') defer(work.catch(() => {}));
      return work;
    },
  };
}

/** A cockatiel breaker in the state that the grant says, for one call. */
function hydrated(held: Held, settings: BreakerSettings): CircuitBreakerPolicy {
  const rejecting = held.admission === 'open' || held.admission === 'busy' || held.admission === 'due';
  // Redis has the clock, so the hydrated breaker needs none: it opened in an endless future, or long ago. One that opened long ago
  // becomes half-open as it executes; half-open itself cannot be hydrated.
  const ownState =
    held.admission === 'closed'
      ? { value: CircuitState.Closed }
      : held.admission === 'isolated'
        ? { value: CircuitState.Isolated, counters: 1 }
        : { value: CircuitState.Open, openedAt: rejecting ? Infinity : 0, attemptNo: 1 };
  return circuitBreaker(
    handleWhen((error) => judge(error) === 'fault'),
    { halfOpenAfter: 0, breaker: new ConsecutiveBreaker(settings.threshold), initialState: { ownState, breakerState: held.failures } },
  );
}

function rejected(dependency: Dependency, held: Held, settings: BreakerSettings, cause: unknown): Failure {
  const breaker = held.admission === 'busy' ? 'probing' : 'open';
  // Nobody knows when a person will close an isolated breaker.
  const retryAfterMs = held.admission === 'isolated' ? settings.openMs : Math.max(held.retryAfterMs, 1);
  return new Failure({ code: 'dependency_unavailable', dependency, breaker, retryAfterMs }, cause);
}

/** What the client is told of an attempt that failed; what the dependency meant to say (`ours`), and a caller who left, pass as they are. */
export function failureOf(dependency: Dependency, error: unknown, held: Held | null): unknown {
  if (!(error instanceof UpstreamFault) || judge(error) === 'ours' || error.fault.kind === 'caller_left') return error;
  if (error.fault.kind === 'timeout') return new Failure({ code: 'deadline_exceeded', dependency }, error);
  const asked = error.fault.kind === 'status' ? error.fault.retryAfterMs : undefined;
  const open = held?.admission === 'open';
  const retryAfterMs = Math.max(asked ?? 0, open ? held.retryAfterMs : RETRY_LATER_MS);
  return new Failure({ code: 'dependency_unavailable', dependency, breaker: open ? 'open' : 'closed', retryAfterMs }, error);
}
