import type { Health } from '../types.ts';

export type BreakerState = Health['circuitBreakers'][keyof Health['circuitBreakers']];
/** A breaker was in this state from here on. */
export type Change = { at: number; state: BreakerState };

/** Adds what a breaker is now to what it was: a change only where it is another state, and nothing that ended before `since`. */
export function withState(changes: readonly Change[], state: BreakerState, at: number, since: number): Change[] {
  const all = changes.at(-1)?.state === state ? changes : [...changes, { at, state }];
  return all.filter((_, i) => (all[i + 1]?.at ?? Infinity) > since);
}
