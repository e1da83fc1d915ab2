import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { Failure } from '../../../functions/_kernel/failure.ts';
import type { Guard } from '../../../functions/_kernel/policy/guard.ts';
import { judge } from '../../../functions/_kernel/policy/shared-breaker.ts';
import { failing } from './fleet.ts';

export const AGREEMENT = { threshold: 4, openMs: 10_000 };

/**
 * Sends the same outcomes, one after another, through a guard and through cockatiel's own `ConsecutiveBreaker`.
 *
 * Both read the same clock (`Date`), which `advance` moves. Returns how many verdicts were compared, and the first that differs.
 */
export async function agreement(
  guards: () => Guard,
  calls: number,
  random: () => number,
  advance: (ms: number) => void,
): Promise<{ equal: number; states: Set<string>; difference: string | null }> {
  const own = circuitBreaker(
    handleWhen((error) => judge(error) === 'fault'),
    { halfOpenAfter: AGREEMENT.openMs, breaker: new ConsecutiveBreaker(AGREEMENT.threshold) },
  );
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
    const ours = await reached((wrapped) => guards().run('qdrant_search', wrapped, { idempotent: false }), call);
    const theirs = await reached((wrapped) => own.execute(wrapped), call);
    const state = (await guards().states()).find(({ name }) => name === 'qdrant_search')!.state;
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
