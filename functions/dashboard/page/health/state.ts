import type { Health } from '../types.ts';

export type BreakerState = Health['circuitBreakers'][keyof Health['circuitBreakers']];
/** A breaker was in this state from here on; `unknown` is where nobody looked, or nobody answered. */
export type Change = { at: number; state: BreakerState | 'unknown' };

/**
 * Adds what a breaker is now to what it was: a change only where it is another state, and nothing that ended before `since`.
 *
 * @param unseenFrom when it was last looked at, if that is too long ago to say what it was in between; else null.
 */
export function withState(
  changes: readonly Change[],
  state: BreakerState,
  { at, since, unseenFrom }: { at: number; since: number; unseenFrom: number | null },
): Change[] {
  const known: readonly Change[] = unseenFrom === null ? changes : [...changes, { at: unseenFrom, state: 'unknown' }];
  const all = known.at(-1)?.state === state ? known : [...known, { at, state }];
  return all.filter((_, i) => (all[i + 1]?.at ?? Infinity) > since);
}
