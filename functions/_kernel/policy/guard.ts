import { isBulkheadRejectedError, wrap } from 'cockatiel';
import { Failure, UpstreamFault, type Dependency } from '../failure.ts';
import { BREAKER_GRANT_MS, BREAKER_LEASE_MARGIN_MS, RETRY_LATER_MS } from '../limits.ts';
import type { Redis } from '../upstreams/redis.ts';
import { attempt, type Model } from './attempt.ts';
import { breakers, type BreakerView, type Held, type TransitionEvent } from './breakers.ts';
import { takeSlot } from './bulkhead.ts';
import { unlessLeft, type Watch } from './deadlines.ts';
import { thisIsolate, type Isolate } from './isolate.ts';
import { earnRetry, retryBudget, retryPolicy } from './retry.ts';
import { breakerSettings, coldPatience, leaseMs, type BreakerSettings } from './settings.ts';
import { failureOf, judge, sharedBreaker, type BreakerContext } from './shared-breaker.ts';
import { endOnce, open, type End } from './stream.ts';
import { callTeller, type CallEvent } from './teller.ts';
import { reasonCode } from './verdict.ts';

/**
 * A call to a dependency. `signal` is aborted by a deadline or the caller's departure. A client that reads its answer piece by
 * piece calls `heard` at each; one that does not has the first-byte deadline for its whole answer.
 */
export type Call<T> = (signal: AbortSignal, heard: () => void) => Promise<T>;

/** `idempotent`: may it be retried? */
export type GuardOptions = { idempotent: boolean; model?: Model };

/** How patient we are with every dependency, for one invocation. */
export type Guard = {
  /**
   * Runs a call under the bulkhead, retry, breaker and deadlines of its dependency.
   *
   * Rejects with `Failure('dependency_unavailable' | 'deadline_exceeded')`; what the dependency meant to say (a 4xx, a model that
   * is missing) and a caller who left pass through as the `UpstreamFault` they are.
   */
  run<T>(dependency: Dependency, call: Call<T>, options: GuardOptions): Promise<T>;
  /**
   * Opens a stream: resolves when the first item is there, which decides success; then an idle deadline between items and a
   * total one over all. Faults before the first item are retried, none after it. The stream ends exactly once, and rejects as `run`.
   */
  stream<T>(
    dependency: Dependency,
    call: (signal: AbortSignal) => Promise<AsyncIterable<T>>,
    options?: { model?: Model },
  ): Promise<AsyncIterable<T>>;
  /** Acquires the breakers of an operation in one round trip, for its calls within `BREAKER_GRANT_MS`. Takes no probe. */
  prepare(dependencies: readonly Dependency[]): Promise<void>;
  /** The real state of every breaker: one round trip to Redis, no upstream call. */
  states(): Promise<BreakerView[]>;
  /** Isolates a breaker (until closed) or closes it; others see it within five seconds. `local`: without Redis, only here. */
  steer(dependency: Dependency, state: 'isolated' | 'closed'): Promise<'shared' | 'local'>;
  /** `down` while this isolate's own breakers stand in for the shared ones. */
  redis(): 'up' | 'down';
};

type Options = {
  redis: Redis | null;
  /** Aborted when the caller leaves. */
  caller: AbortSignal | null;
  /** When the caller's time is over, epoch ms. */
  deadlineAt: number | null;
  now?: () => number;
  random?: () => number;
  /** `waitUntil`: keeps an invocation alive for what must still be reported. */
  defer: (work: Promise<unknown>) => void;
  onTransition?: (event: TransitionEvent) => void;
  onCall?: (event: CallEvent) => void;
  settings?: Partial<BreakerSettings>;
  /** What outlives the invocation; another one stands for another isolate. */
  isolate?: Isolate;
};

/** How a call is guarded: a stream is under the breaker until its first item only. */
type How = { kind: 'whole' | 'streamed'; retried: boolean; model: Model | null };

/** Makes the guard of one invocation; only plain data outlives it. */
export function createGuard(options: Options): Guard {
  const { redis, caller, deadlineAt, defer, now = Date.now, random = Math.random, isolate = thisIsolate } = options;
  const settings = breakerSettings(options.settings);
  const shared = breakers({ redis, isolate, settings, now, onTransition: options.onTransition ?? (() => {}) });
  const teller = (dependency: Dependency) => callTeller(dependency, options.onCall ?? (() => {}), now);
  const prepared = new Map<Dependency, { held: Held; until: number }>();
  const budget = retryBudget();

  const take = async (dependency: Dependency, kind: How['kind']): Promise<Held> => {
    const ready = prepared.get(dependency);
    if (ready !== undefined && ready.held.admission !== 'due' && ready.until > now()) {
      // A closed breaker without a streak admits every call of the operation; what it reports is fenced by its generation.
      if (ready.held.admission !== 'closed' || ready.held.failures > 0) prepared.delete(dependency);
      return ready.held;
    }
    prepared.delete(dependency);
    const [held] = await shared.acquire([{ dependency, token: crypto.randomUUID(), leaseMs: leaseMs(settings, dependency, kind) }]);
    return held!;
  };

  const slotFor = (dependency: Dependency, model: Model | null): (() => void) => {
    try {
      const patience = settings.patience[dependency];
      const endsAt = now() + (model === null ? patience : coldPatience(patience)).totalMs;
      return takeSlot(isolate, dependency, settings.slots[dependency], now(), endsAt);
    } catch (error) {
      if (!isBulkheadRejectedError(error)) throw error;
      teller(dependency).rejected();
      throw new Failure({ code: 'dependency_unavailable', dependency, breaker: 'closed', retryAfterMs: RETRY_LATER_MS }, error);
    }
  };

  /** Retry over breaker over deadlines; rejects with what the caller of the guard is to see. */
  const guarded = async <T>(dependency: Dependency, how: How, work: (watching: Watch, held: Held) => Promise<T>): Promise<T> => {
    const endsAt = now() + settings.patience[dependency].totalMs;
    const remainingMs = (): number => Math.min(endsAt, deadlineAt ?? endsAt) - now();
    if (remainingMs() <= 0) throw new Failure({ code: 'deadline_exceeded', dependency });
    let last: Held | null = null;
    const telling = teller(dependency);
    const once = (context: BreakerContext): Promise<T> => {
      const held = (last = context.held);
      const onCold = async (cold: { firstByteMs: number; totalMs: number }): Promise<void> => {
        const lease = (how.kind === 'streamed' ? cold.firstByteMs : cold.totalMs) + BREAKER_LEASE_MARGIN_MS;
        if (held.admission === 'probe') await shared.extend(dependency, held, lease);
      };
      const { model } = how;
      const attempted = { dependency, settings, isolate, endsAt, callerEndsAt: deadlineAt, caller, now, model, onCold };
      return telling.attempt(() => attempt(attempted, (watching) => work(watching, held)));
    };
    const streak = how.kind === 'streamed' ? 'ends_with_stream' : 'ends_with_call';
    const breaker = sharedBreaker({ dependency, breakers: shared, settings, take: () => take(dependency, how.kind), defer, streak });
    const policy = how.retried ? wrap(retryPolicy(budget, remainingMs, random), breaker) : breaker;
    try {
      const result = await unlessLeft(dependency, caller, policy.execute(once, caller ?? undefined));
      earnRetry(budget);
      return result;
    } catch (error) {
      prepared.delete(dependency);
      if (error instanceof Failure) telling.rejected(); // by the breaker: what an attempt throws is a fault
      throw failureOf(dependency, error, last);
    }
  };

  return {
    async run(dependency, call, { idempotent, model = null }) {
      const release = slotFor(dependency, model);
      try {
        return await guarded(dependency, { kind: 'whole', retried: idempotent, model }, async (watching) => {
          const result = await call(watching.signal, watching.heard);
          watching.end();
          return result;
        });
      } finally {
        release();
      }
    },

    async stream(dependency, call, { model = null } = {}) {
      const release = slotFor(dependency, model);
      let grant: Held | null = null;
      const ended = Promise.withResolvers<void>();
      const settle = async (end: End): Promise<unknown> => {
        release();
        ended.resolve();
        if (grant === null) return null;
        if (end.kind === 'complete' && grant.failures > 0) defer(shared.report(dependency, grant, 'success', ''));
        if (end.kind !== 'failed') return null;
        const { error } = end;
        if (error instanceof UpstreamFault && judge(error) === 'fault') {
          const reporting = shared.report(dependency, grant, 'fault', reasonCode(error.fault));
          defer(reporting);
          const said = await reporting;
          if (said.change === 'opened') Object.assign(grant, { admission: 'open', retryAfterMs: said.retryAfterMs });
        }
        return failureOf(dependency, error, grant);
      };
      try {
        const opened = await guarded(dependency, { kind: 'streamed', retried: true, model }, async (watching, held) => {
          grant = held;
          const items = (await call(watching.signal))[Symbol.asyncIterator]();
          return open(items, watching, () => new UpstreamFault(dependency, { kind: 'stream_cut' }));
        });
        // A Worker whose client left is cancelled at its next write, and would keep the slot: it stays until the stream has ended,
        // or has run out of time without a reader.
        defer(Promise.race([ended.promise, opened.watch.failed]).catch(() => {}));
        return endOnce(opened, settle);
      } catch (error) {
        release();
        throw error;
      }
    },

    async prepare(dependencies) {
      const requests = [...new Set(dependencies)].map((dependency) => ({ dependency, token: null, leaseMs: 0 }));
      const grants = await shared.acquire(requests);
      const until = now() + BREAKER_GRANT_MS;
      requests.forEach(({ dependency }, i) => prepared.set(dependency, { held: grants[i]!, until }));
    },

    states: () => shared.states(),
    steer: (dependency, state) => shared.steer(dependency, state),
    redis: () => shared.redis(),
  };
}
