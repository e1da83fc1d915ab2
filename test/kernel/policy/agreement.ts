import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { Failure } from '../../../functions/_kernel/failure.ts';
import { createGuard } from '../../../functions/_kernel/policy/guard.ts';
import { freshIsolate } from '../../../functions/_kernel/policy/isolate.ts';
import { judge } from '../../../functions/_kernel/policy/shared-breaker.ts';
import type { Redis } from '../../../functions/_kernel/upstreams/redis.ts';
import { failing } from './fleet.ts';
import { withClock } from './redis-servers.ts';

const THRESHOLD = 4;
const OPEN_MS = 10_000;

/**
 * Sends the same outcomes, one after another, through guards over `redis` and through cockatiel's own `ConsecutiveBreaker`.
 *
 * Both read the same clock (`Date`), which `advance` moves. Returns how many verdicts were compared, and the first that differs.
 */
export async function agreement(
  redis: Redis,
  calls: number,
  random: () => number,
  advance: (ms: number) => void,
): Promise<{ equal: number; states: Set<string>; difference: string | null }> {
  const own = circuitBreaker(
    handleWhen((error) => judge(error) === 'fault'),
    { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(THRESHOLD) },
  );
  const shared = withClock(redis, () => Date.now());
  // cockatiel's streak has no window.
  const settings = { threshold: THRESHOLD, openMs: OPEN_MS, windowMs: Number.MAX_SAFE_INTEGER };
  const states = new Set<string>();
  for (let i = 0; i < calls; i++) {
    if (random() < 0.3) advance(Math.floor(random() * 6_000));
    const kind = random();
    const call =
      kind < 0.25
        ? async () => 'fine'
        : kind < 0.9
          ? failing('qdrant_search')
          : failing('qdrant_search', { kind: 'model_missing', model: 'absent' });
    // Another instance each time; what a call leaves for later is done before the next one.
    const deferred: Promise<unknown>[] = [];
    const defer = (work: Promise<unknown>): void => void deferred.push(work);
    const guard = createGuard({ redis: shared, caller: null, deadlineAt: null, defer, settings, isolate: freshIsolate() });
    const ours = await reached((wrapped) => guard.run('qdrant_search', wrapped, { idempotent: false }), call);
    await Promise.all(deferred);
    const theirs = await reached((wrapped) => own.execute(wrapped), call);
    const state = (await guard.states()).find(({ name }) => name === 'qdrant_search')!.state;
    states.add(state);
    const expected = own.state === CircuitState.Closed ? 'closed' : 'open';
    if (ours !== theirs || state !== expected) {
      return { equal: i, states, difference: `call ${i}: reached ${ours}, cockatiel ${theirs}; state ${state}, cockatiel ${expected}` };
    }
  }
  return { equal: calls, states, difference: null };
}

/** Whether the breaker let the call through. */
async function reached(through: (call: () => Promise<string>) => Promise<string>, call: () => Promise<string>): Promise<boolean> {
  let called = false;
  try {
    await through(() => {
      called = true;
      return call();
    });
  } catch (error) {
    if (!(error instanceof Error) || (called && error instanceof TypeError)) throw new Failure({ code: 'internal' }, error);
  }
  return called;
}
