import { DelegateBackoff, handleWhen, retry, type IPolicy, type IRetryContext } from 'cockatiel';
import { UpstreamFault } from '../failure.ts';
import { RETRIES_PER_CALL, RETRIES_PER_REQUEST, RETRY_AFTER_MAX_MS, RETRY_BASE_MS, RETRY_EARNED_BY_SUCCESS } from '../limits.ts';
import { transient } from './verdict.ts';

/** The retries that one request may still spend, over all its calls. */
export type RetryBudget = { left: number };

/** Starts at `RETRIES_PER_REQUEST`. */
export function retryBudget(): RetryBudget {
  return { left: RETRIES_PER_REQUEST };
}

/** A call that succeeded earns a part of a retry back, up to the start (gRPC A6, retryThrottling). */
export function earnRetry(budget: RetryBudget): void {
  budget.left = Math.min(RETRIES_PER_REQUEST, budget.left + RETRY_EARNED_BY_SUCCESS);
}

/**
 * Milliseconds to wait before the next attempt, or null when there must be none.
 *
 * Full jitter over a doubling interval; a dependency's own `Retry-After` is the least wait. None for a fault that is not
 * transient, with the budget spent, for a wait over `RETRY_AFTER_MAX_MS`, or one that `remainingMs` does not hold.
 */
export function retryDelay(
  fault: UpstreamFault,
  attempt: number,
  remainingMs: number,
  budget: RetryBudget,
  random: () => number,
): number | null {
  if (!transient(fault.fault) || attempt >= RETRIES_PER_CALL || budget.left < 1) return null;
  const asked = fault.fault.kind === 'status' ? (fault.fault.retryAfterMs ?? 0) : 0;
  const delay = asked + random() * RETRY_BASE_MS * 2 ** attempt;
  return asked <= RETRY_AFTER_MAX_MS && delay < remainingMs ? delay : null;
}

/** cockatiel's retry with that rule. `remainingMs` is asked at each failure; rejects with the last fault. */
export function retryPolicy(budget: RetryBudget, remainingMs: () => number, random: () => number): IPolicy<IRetryContext> {
  let attempt = 0;
  let delay = 0;
  const again = (error: unknown): boolean => {
    const next = error instanceof UpstreamFault ? retryDelay(error, attempt, remainingMs(), budget, random) : null;
    if (next === null) return false;
    attempt += 1;
    budget.left -= 1;
    delay = next;
    return true;
  };
  return retry(handleWhen(again), { maxAttempts: RETRIES_PER_CALL, backoff: new DelegateBackoff(() => delay) });
}
