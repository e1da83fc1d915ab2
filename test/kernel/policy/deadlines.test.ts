import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { UpstreamFault, type Dependency } from '../../../functions/_kernel/failure.ts';
import * as limits from '../../../functions/_kernel/limits.ts';
import { leaseMs, breakerSettings } from '../../../functions/_kernel/policy/settings.ts';
import { alone } from './alone.ts';
import { failing, outcomeOf } from './fleet.ts';

const expired = (dependency: Dependency): object => ({ code: 'deadline_exceeded', dependency });
const never = (): Promise<never> => new Promise(() => {});

const { guard, view, isolate } = alone();
const failuresOf = async (name: Dependency): Promise<number> => (await view(name)).failures;
const reasonOf = async (name: Dependency): Promise<string | null> => (await view(name)).lastReason;

/** Moves the clock and says whether the call had ended by then. */
async function endedAfter(work: Promise<unknown>, ms: number): Promise<boolean> {
  let ended = false;
  void work.then(
    () => (ended = true),
    () => (ended = true),
  );
  await vi.advanceTimersByTimeAsync(ms);
  return ended;
}

describe('each dependency has its own patience', () => {
  it.each([
    ['ollama_embedding', limits.EMBED_FIRST_BYTE_MS],
    ['ollama_generation', limits.GENERATE_FIRST_BYTE_MS],
    ['qdrant_search', limits.QDRANT_SEARCH_MS],
    ['qdrant_write', limits.QDRANT_WRITE_MS],
  ] as const)('%s: without a first byte for %i ms it is a fault, and the call is cancelled', async (dependency, ms) => {
    let cancelled: AbortSignal | undefined;
    const call = guard().run(dependency, (signal) => ((cancelled = signal), never()), { idempotent: true });
    const outcome = outcomeOf(call);
    expect(await endedAfter(outcome, ms - 1)).toBe(false);
    expect(cancelled?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toEqual(expired(dependency));
    expect(cancelled?.aborted).toBe(true);
    expect(await failuresOf(dependency)).toBe(1);
    expect(await reasonOf(dependency)).toBe('timeout first_byte');
  });

  it('an answer that keeps arriving outlasts the first-byte deadline, but not the total one', async () => {
    const call = guard().run(
      'ollama_embedding',
      (_, heard) => {
        setInterval(heard, limits.EMBED_IDLE_MS - 1);
        return never();
      },
      { idempotent: false },
    );
    const outcome = outcomeOf(call);
    expect(await endedAfter(outcome, limits.EMBED_TOTAL_MS - 1)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toEqual(expired('ollama_embedding'));
    expect(await reasonOf('ollama_embedding')).toBe('timeout total');
  });

  it('an answer that stops arriving is cut off by the idle deadline', async () => {
    const outcome = outcomeOf(guard().run('ollama_embedding', (_, heard) => (heard(), never()), { idempotent: false }));
    expect(await endedAfter(outcome, limits.EMBED_IDLE_MS)).toBe(true);
    expect(await reasonOf('ollama_embedding')).toBe('timeout idle');
  });

  it('a call that ends leaves no timer and no listener, and a late sign of life starts none', async () => {
    const caller = new AbortController().signal;
    let late: (() => void) | undefined;
    await guard({ caller }).run('qdrant_search', async (_, heard) => void (late = heard), { idempotent: true });
    late?.();
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(caller, 'abort')).toEqual([]);
  });

  it('a call that fails is cancelled, so that the rest of its answer is not read, and leaves no timer', async () => {
    let cancelled: AbortSignal | undefined;
    const call = (signal: AbortSignal): Promise<never> => ((cancelled = signal), failing('qdrant_search')());
    await outcomeOf(guard().run('qdrant_search', call, { idempotent: false }));
    expect(cancelled?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a time-out is the deadline’s, whatever error the client makes of the cancellation', async () => {
    const call = guard().run(
      'qdrant_search',
      (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new UpstreamFault('qdrant_search', { kind: 'caller_left' }))),
        ),
      { idempotent: false },
    );
    const outcome = outcomeOf(call);
    await vi.advanceTimersByTimeAsync(limits.QDRANT_SEARCH_MS);
    expect(await outcome).toEqual(expired('qdrant_search'));
  });
});

describe('the caller’s remaining time bounds every call', () => {
  it('ends the call, and does not count against the dependency', async () => {
    const outcome = outcomeOf(guard({ deadlineAt: Date.now() + 100 }).run('qdrant_search', never, { idempotent: true }));
    expect(await endedAfter(outcome, 100)).toBe(true);
    expect(await outcome).toEqual(expired('qdrant_search'));
    expect(await failuresOf('qdrant_search')).toBe(0);
  });

  it('with none left, the dependency is not called', async () => {
    const call = vi.fn(never);
    expect(await outcomeOf(guard({ deadlineAt: Date.now() }).run('qdrant_search', call, { idempotent: true }))).toEqual(
      expired('qdrant_search'),
    );
    expect(call).not.toHaveBeenCalled();
  });

  it('a caller who leaves cancels the call at once, and counts for nothing', async () => {
    const leaving = new AbortController();
    let cancelled: AbortSignal | undefined;
    const call = guard({ caller: leaving.signal }).run('ollama_generation', (signal) => ((cancelled = signal), never()), {
      idempotent: true,
    });
    const outcome = outcomeOf(call);
    await vi.advanceTimersByTimeAsync(50);
    leaving.abort();
    expect(cancelled?.aborted).toBe(true);
    expect(await outcome).toEqual({ kind: 'caller_left' });
    expect(await failuresOf('ollama_generation')).toBe(0);
  });
});

describe('a cold model has a patience of its own', () => {
  const cold = { name: 'big', loaded: async () => false };

  it('may take minutes to its first byte', async () => {
    const answered = guard().run(
      'ollama_embedding',
      () => new Promise((resolve) => setTimeout(() => resolve('loaded'), limits.MODEL_LOAD_MS - 1)),
      { idempotent: true, model: cold },
    );
    await vi.advanceTimersByTimeAsync(limits.MODEL_LOAD_MS);
    expect(await answered).toBe('loaded');
  });

  it('one that never loads does not trip the breaker of warm calls', async () => {
    for (let i = 0; i < 6; i++) {
      const outcome = outcomeOf(guard().run('ollama_embedding', never, { idempotent: true, model: cold }));
      expect(await endedAfter(outcome, limits.MODEL_LOAD_MS)).toBe(true);
      expect(await outcome).toEqual(expired('ollama_embedding'));
    }
    const call = guard().run('ollama_embedding', async () => 'warm', { idempotent: true });
    expect(await call).toBe('warm');
    expect(await failuresOf('ollama_embedding')).toBe(0);
  });

  it('one that is loaded has the usual patience, and is not asked again while it surely stays loaded', async () => {
    const loaded = vi.fn(async () => true);
    const options = { idempotent: true, model: { name: 'small', loaded } };
    await guard().run('ollama_embedding', async () => 1, options);
    expect(vi.getTimerCount()).toBe(0);
    const outcome = outcomeOf(guard().run('ollama_embedding', never, options));
    expect(await endedAfter(outcome, limits.EMBED_FIRST_BYTE_MS)).toBe(true);
    expect(await failuresOf('ollama_embedding')).toBe(1);
    expect(loaded).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(limits.MODEL_WARM_MS);
    await guard().run('ollama_embedding', async () => 1, options);
    expect(loaded).toHaveBeenCalledTimes(2);
  });

  it('an isolate remembers a bounded number of models as warm', async () => {
    for (let i = 0; i < 200; i++) {
      const model = { name: `model ${i}`, loaded: async () => true };
      await guard().run('ollama_embedding', async () => i, { idempotent: true, model });
    }
    expect(isolate().warm.size).toBeLessThanOrEqual(64);
  });

  it('a server that cannot say whether it is loaded is at fault within two seconds', async () => {
    const outcome = outcomeOf(guard().run('ollama_embedding', never, { idempotent: true, model: { name: 'any', loaded: never } }));
    expect(await endedAfter(outcome, limits.MODEL_LOADED_MS)).toBe(true);
    expect(await failuresOf('ollama_embedding')).toBe(1);
  });

  it('a probe of a cold model keeps its lease while the model loads', async () => {
    const fail = (): Promise<unknown> => outcomeOf(guard().run('ollama_generation', failing('ollama_generation'), { idempotent: false }));
    for (let i = 0; i < 5; i++) await fail();
    await vi.advanceTimersByTimeAsync(limits.BREAKER_OPEN_MS);
    const probe = guard().run(
      'ollama_generation',
      () => new Promise((resolve) => setTimeout(() => resolve('loaded'), limits.MODEL_LOAD_MS - 1)),
      { idempotent: false, model: cold },
    );
    await vi.advanceTimersByTimeAsync(leaseMs(breakerSettings(), 'ollama_generation', 'whole') + 1);
    expect(await fail()).toMatchObject({ breaker: 'probing' });
    await vi.advanceTimersByTimeAsync(limits.MODEL_LOAD_MS);
    expect(await probe).toBe('loaded');
    expect((await guard().states())[1]).toMatchObject({ state: 'closed' });
  });
});
