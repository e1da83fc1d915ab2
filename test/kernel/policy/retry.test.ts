import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UpstreamFault, type Fault } from '../../../functions/_kernel/failure.ts';
import * as limits from '../../../functions/_kernel/limits.ts';
import { createGuard, type Guard } from '../../../functions/_kernel/policy/guard.ts';
import { freshIsolate } from '../../../functions/_kernel/policy/isolate.ts';
import { earnRetry, retryBudget, retryDelay } from '../../../functions/_kernel/policy/retry.ts';
import { outcomeOf } from './fleet.ts';

const CONNECTION: Fault = { kind: 'connection' };
const busy = (retryAfterMs: number): Fault => ({ kind: 'status', status: 429, retryAfterMs });
const fault = (of: Fault): UpstreamFault => new UpstreamFault('qdrant_search', of);

describe('how long to wait before the next attempt', () => {
  const delay = (of: Fault, attempt = 0, remainingMs = 60_000, random = 0.5): number | null =>
    retryDelay(fault(of), attempt, remainingMs, retryBudget(), () => random);

  it('anywhere between nothing and an interval that doubles', () => {
    expect(delay(CONNECTION, 0, 60_000, 0)).toBe(0);
    expect(delay(CONNECTION, 0, 60_000, 0.5)).toBe(limits.RETRY_BASE_MS / 2);
    expect(delay(CONNECTION, 1, 60_000, 0.5)).toBe(limits.RETRY_BASE_MS);
  });

  it('at least what the dependency asked for', () => expect(delay(busy(2_000))).toBe(2_000 + limits.RETRY_BASE_MS / 2));

  it('none when it asks for more than we wait, or than the caller has', () => {
    expect(delay(busy(limits.RETRY_AFTER_MAX_MS + 1))).toBeNull();
    expect(delay(busy(2_000), 0, 2_000)).toBeNull();
    expect(delay(CONNECTION, 0, 50)).toBeNull();
  });

  it('none after the last attempt, with the budget spent, or for a fault that would come again', () => {
    expect(delay(CONNECTION, limits.RETRIES_PER_CALL)).toBeNull();
    expect(retryDelay(fault(CONNECTION), 0, 60_000, { left: 0.9 }, () => 0)).toBeNull();
    expect(delay({ kind: 'bad_answer' })).toBeNull();
  });

  it('ten successes earn a retry back, and never more than the start', () => {
    const budget = { left: 0 };
    for (let i = 0; i < 10; i++) earnRetry(budget);
    expect(budget.left).toBeCloseTo(1);
    for (let i = 0; i < 100; i++) earnRetry(budget);
    expect(budget.left).toBe(limits.RETRIES_PER_REQUEST);
  });
});

describe('retries of a request', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const guard = (invocation: { caller?: AbortSignal; deadlineAt?: number } = {}): Guard => {
    const { caller = null, deadlineAt = null } = invocation;
    const settings = { threshold: 100 };
    return createGuard({ redis: null, caller, deadlineAt, defer: () => {}, random: () => 0.5, isolate: freshIsolate(), settings });
  };
  /** Fails so many times, then answers. */
  const flaky = (times: number, of: Fault = CONNECTION): { call: () => Promise<string>; calls: () => number } => {
    let calls = 0;
    return {
      call: async () => {
        calls += 1;
        if (calls <= times) throw fault(of);
        return 'fine';
      },
      calls: () => calls,
    };
  };
  const settled = async (work: Promise<unknown>): Promise<unknown> => {
    const outcome = outcomeOf(work);
    await vi.advanceTimersByTimeAsync(60_000);
    return outcome;
  };

  it('an idempotent call gets over two transient faults', async () => {
    const { call, calls } = flaky(2);
    expect(await settled(guard().run('qdrant_search', call, { idempotent: true }))).toBe('fine');
    expect(calls()).toBe(3);
  });

  it('and not over three', async () => {
    const { call, calls } = flaky(3);
    expect(await settled(guard().run('qdrant_search', call, { idempotent: true }))).toMatchObject({ code: 'dependency_unavailable' });
    expect(calls()).toBe(3);
  });

  it('a call that is not idempotent, or a fault that is not transient, is tried once', async () => {
    const once = flaky(1);
    await settled(guard().run('qdrant_search', once.call, { idempotent: false }));
    expect(once.calls()).toBe(1);
    const missing = flaky(1, { kind: 'status', status: 404 });
    expect(await settled(guard().run('qdrant_search', missing.call, { idempotent: true }))).toEqual({ kind: 'status', status: 404 });
    expect(missing.calls()).toBe(1);
  });

  it('Retry-After is waited for', async () => {
    const { call, calls } = flaky(1, busy(3_000));
    const answer = guard().run('qdrant_search', call, { idempotent: true });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(calls()).toBe(1);
    await vi.advanceTimersByTimeAsync(50);
    expect(await answer).toBe('fine');
  });

  it('a Retry-After that is too long is handed on to the caller', async () => {
    const { call, calls } = flaky(1, busy(20_000));
    expect(await settled(guard().run('qdrant_search', call, { idempotent: true }))).toMatchObject({ retryAfterMs: 20_000 });
    expect(calls()).toBe(1);
  });

  it('one request spends three in all, whatever it calls', async () => {
    const one = guard();
    const all = [flaky(9), flaky(9), flaky(9)];
    for (const { call } of all) await settled(one.run('qdrant_search', call, { idempotent: true }));
    expect(all.map(({ calls }) => calls())).toEqual([3, 2, 1]);
  });

  it('a long run of successes earns them back', async () => {
    const one = guard();
    for (const { call } of [flaky(9), flaky(9)]) await settled(one.run('qdrant_search', call, { idempotent: true }));
    for (let i = 0; i < 20; i++) await one.run('qdrant_search', async () => i, { idempotent: true });
    const { call, calls } = flaky(2);
    expect(await settled(one.run('qdrant_search', call, { idempotent: true }))).toBe('fine');
    expect(calls()).toBe(3);
  });

  it('none is begun that the caller has no time for', async () => {
    const { call, calls } = flaky(1, busy(3_000));
    await settled(guard({ deadlineAt: Date.now() + 3_000 }).run('qdrant_search', call, { idempotent: true }));
    expect(calls()).toBe(1);
  });

  it('a caller who leaves while a retry waits is let go at once, and nothing more is called', async () => {
    const leaving = new AbortController();
    const { call, calls } = flaky(1, busy(3_000));
    const outcome = outcomeOf(guard({ caller: leaving.signal }).run('qdrant_search', call, { idempotent: true }));
    await vi.advanceTimersByTimeAsync(10);
    leaving.abort();
    expect(await outcome).toEqual({ kind: 'caller_left' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls()).toBe(1);
  });

  it('an open breaker ends the retries', async () => {
    const isolate = freshIsolate();
    const settings = { threshold: 2 };
    const one = createGuard({ redis: null, caller: null, deadlineAt: null, defer: () => {}, random: () => 0, isolate, settings });
    const { call, calls } = flaky(9);
    expect(await settled(one.run('qdrant_search', call, { idempotent: true }))).toMatchObject({ breaker: 'open' });
    expect(calls()).toBe(2);
  });
});
