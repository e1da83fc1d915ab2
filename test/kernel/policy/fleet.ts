import { UpstreamFault, type Dependency, type Fault } from '../../../functions/_kernel/failure.ts';
import type { TransitionEvent } from '../../../functions/_kernel/policy/breakers.ts';
import { createGuard, type Guard } from '../../../functions/_kernel/policy/guard.ts';
import { freshIsolate, type Isolate } from '../../../functions/_kernel/policy/isolate.ts';
import type { BreakerSettings } from '../../../functions/_kernel/policy/settings.ts';
import type { Redis } from '../../../functions/_kernel/upstreams/redis.ts';

/** One instance of the service: an isolate of its own, and guards made per invocation. */
export type Instance = {
  isolate: Isolate;
  guard: (invocation?: { caller?: AbortSignal; deadlineAt?: number }) => Guard;
};

/** Several instances over one Redis and one clock (ms), with what they saw and what they left for later. */
export type Fleet = {
  clock: { now: number };
  instance: (redis?: Redis | null) => Instance;
  transitions: TransitionEvent[];
  deferred: Promise<unknown>[];
};

/** A fleet whose time moves only when the test moves it. */
export function fleet(redisOf: (now: () => number) => Redis | null, settings: Partial<BreakerSettings> = {}): Fleet {
  const clock = { now: 1_800_000_000_000 };
  const now = (): number => clock.now;
  const transitions: TransitionEvent[] = [];
  const deferred: Promise<unknown>[] = [];
  const shared = redisOf(now);
  return {
    clock,
    transitions,
    deferred,
    instance(redis = shared) {
      const isolate = freshIsolate();
      return {
        isolate,
        guard: ({ caller = null, deadlineAt = null }: { caller?: AbortSignal | null; deadlineAt?: number | null } = {}) =>
          createGuard({
            redis,
            caller,
            deadlineAt,
            now,
            random: () => 0,
            defer: (work) => void deferred.push(work),
            onTransition: (event) => void transitions.push(event),
            settings,
            isolate,
          }),
      };
    },
  };
}

/** A call that fails in a given way. */
export function failing(dependency: Dependency, fault: Fault = { kind: 'status', status: 500 }): () => Promise<never> {
  return async () => {
    throw new UpstreamFault(dependency, fault);
  };
}

/** What became of a call, as one word or the failure's fields. */
export async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'reason' in error) return error.reason;
    if (error instanceof UpstreamFault) return error.fault;
    throw error;
  }
}

/** A promise and its ends, to hold a call where the test wants it. */
export function held<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  return Promise.withResolvers<T>();
}

export const CALL = { idempotent: false };

/** The failure that a rejected or failed embedding ends in. */
export function unavailable(breaker: 'open' | 'probing' | 'closed', retryAfterMs: number): object {
  return { code: 'dependency_unavailable', dependency: 'ollama_embedding', breaker, retryAfterMs };
}

/** Embedding calls by one instance or another of a fleet. */
export function embeddings(service: () => Fleet): {
  run: (instance: Instance, call: () => Promise<unknown>) => Promise<unknown>;
  fail: (instance: Instance) => Promise<unknown>;
  /** Five faults, each seen by another instance. */
  trip: () => Promise<void>;
} {
  const run = (instance: Instance, call: () => Promise<unknown>): Promise<unknown> => instance.guard().run('ollama_embedding', call, CALL);
  const fail = (instance: Instance): Promise<unknown> => outcomeOf(run(instance, failing('ollama_embedding')));
  const trip = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await fail(service().instance());
  };
  return { run, fail, trip };
}
