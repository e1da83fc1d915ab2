import { afterEach, beforeEach, vi } from 'vitest';
import type { Dependency } from '../../../functions/_kernel/failure.ts';
import type { BreakerView } from '../../../functions/_kernel/policy/breakers.ts';
import { createGuard, type Guard } from '../../../functions/_kernel/policy/guard.ts';
import { freshIsolate, type Isolate } from '../../../functions/_kernel/policy/isolate.ts';

/** One isolate without Redis, whose timers move only when the test moves them. */
export type Alone = {
  guard: (invocation?: { caller?: AbortSignal; deadlineAt?: number }) => Guard;
  view: (name: Dependency) => Promise<BreakerView>;
  deferred: () => Promise<unknown>[];
  isolate: () => Isolate;
  /** Forgets everything, as a new isolate does. */
  renew: () => void;
};

/** Gives each test of the file an isolate of its own and fake timers. */
export function alone(): Alone {
  let isolate: Isolate;
  let deferred: Promise<unknown>[];
  const renew = (): void => {
    isolate = freshIsolate();
    deferred = [];
  };
  beforeEach(() => {
    vi.useFakeTimers();
    renew();
  });
  afterEach(() => vi.useRealTimers());
  const guard: Alone['guard'] = ({ caller = null, deadlineAt = null }: { caller?: AbortSignal | null; deadlineAt?: number | null } = {}) =>
    createGuard({ redis: null, caller, deadlineAt, defer: (work) => deferred.push(work), random: () => 0.5, isolate });
  return {
    guard,
    view: async (name) => (await guard().states()).find((view) => view.name === name)!,
    deferred: () => deferred,
    isolate: () => isolate,
    renew,
  };
}

/** Lets a quarter of an hour pass while something is under way. */
export async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await vi.advanceTimersByTimeAsync(900_000);
  return work;
}
