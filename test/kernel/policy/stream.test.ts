import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UpstreamFault, type Fault } from '../../../functions/_kernel/failure.ts';
import * as limits from '../../../functions/_kernel/limits.ts';
import type { BreakerView } from '../../../functions/_kernel/policy/breakers.ts';
import { createGuard, type Guard } from '../../../functions/_kernel/policy/guard.ts';
import { freshIsolate, type Isolate } from '../../../functions/_kernel/policy/isolate.ts';
import { failing, outcomeOf } from './fleet.ts';

let isolate: Isolate;
let deferred: Promise<unknown>[];
beforeEach(() => {
  vi.useFakeTimers();
  isolate = freshIsolate();
  deferred = [];
});
afterEach(() => vi.useRealTimers());

function guard(invocation: { caller?: AbortSignal; deadlineAt?: number } = {}): Guard {
  const { caller = null, deadlineAt = null } = invocation;
  return createGuard({ redis: null, caller, deadlineAt, defer: (work) => deferred.push(work), random: () => 0, isolate });
}
const breaker = async (): Promise<BreakerView> => (await guard().states())[1]!;
const cut: Fault = { kind: 'stream_cut' };

/** A model's answer: items, each after a pause in ms, then an end, a fault, or silence. */
async function* answer(pauses: number[], end: Fault | 'done' | 'silence', signal?: AbortSignal): AsyncGenerator<number> {
  for (const [i, pause] of pauses.entries()) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    if (signal?.aborted) return;
    yield i;
  }
  if (end === 'silence') await new Promise(() => {});
  else if (end !== 'done') throw new UpstreamFault('ollama_generation', end);
}
const open = (pauses: number[], end: Fault | 'done' | 'silence', by = guard()): Promise<AsyncIterable<number>> =>
  by.stream('ollama_generation', async (signal) => answer(pauses, end, signal));

/** Reads to the end: the items, and how it ended. */
async function read(stream: AsyncIterable<number>): Promise<{ items: number[]; end: unknown }> {
  const items: number[] = [];
  const reading = (async () => {
    for await (const item of stream) items.push(item);
    return 'done';
  })();
  return { items, end: await outcomeOf(reading) };
}
const whileTimePasses = async <T>(work: Promise<T>): Promise<T> => {
  work.catch(() => {});
  await vi.advanceTimersByTimeAsync(1_000_000);
  return work;
};
const trip = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await outcomeOf(guard().run('ollama_generation', failing('ollama_generation'), { idempotent: false }));
};

describe('the first item decides', () => {
  it('a stream resolves with the first item and gives all items once', async () => {
    expect(await read(await open([0, 0, 0], 'done'))).toEqual({ items: [0, 1, 2], end: 'done' });
  });

  it('a stream without one within the first-byte deadline is a fault', async () => {
    expect(await whileTimePasses(outcomeOf(open([limits.GENERATE_FIRST_BYTE_MS + 1], 'done')))).toMatchObject({
      code: 'deadline_exceeded',
    });
    expect(await breaker()).toMatchObject({ failures: 1, lastReason: 'timeout first_byte' });
  });

  it('a transient fault before it is retried', async () => {
    let calls = 0;
    const opened = guard().stream('ollama_generation', async () => {
      calls += 1;
      if (calls === 1) throw new UpstreamFault('ollama_generation', { kind: 'connection' });
      return answer([0], 'done');
    });
    expect(await whileTimePasses(opened.then(read))).toEqual({ items: [0], end: 'done' });
  });

  it('a stream that ends without any item was cut', async () => {
    expect(await whileTimePasses(outcomeOf(open([], 'done')))).toMatchObject({ code: 'dependency_unavailable' });
    expect(await breaker()).toMatchObject({ lastReason: 'stream_cut' });
  });

  it('a probe closes the breaker with its first item, so that a long answer holds no lease', async () => {
    await trip();
    await vi.advanceTimersByTimeAsync(limits.BREAKER_OPEN_MS);
    const stream = await open([0, 0], 'silence');
    expect(await breaker()).toMatchObject({ state: 'closed', failures: 0 });
    await stream[Symbol.asyncIterator]().return?.();
  });
});

describe('after the first item', () => {
  it('nothing is retried: the model is called once, and a cut is the end', async () => {
    const call = vi.fn(async () => answer([0, 0], cut));
    const stream = await guard().stream('ollama_generation', call);
    expect(await whileTimePasses(read(stream))).toMatchObject({
      items: [0, 1],
      end: { code: 'dependency_unavailable', breaker: 'closed' },
    });
    expect(call).toHaveBeenCalledTimes(1);
  });

  it.each<Fault>([{ kind: 'stream_error' }, cut])('a fault counts: five answers that break off (%o) open the breaker', async (fault) => {
    for (let i = 0; i < 5; i++) await read(await open([0], fault));
    expect(await breaker()).toMatchObject({ state: 'open', lastReason: fault.kind });
  });

  it('a fault of the very answer whose first item closed the breaker counts too', async () => {
    await trip();
    await vi.advanceTimersByTimeAsync(limits.BREAKER_OPEN_MS);
    await read(await open([0], cut));
    expect(await breaker()).toMatchObject({ state: 'closed', failures: 1 });
  });

  it('a streak ends with a complete answer, not with a first item', async () => {
    for (let i = 0; i < 4; i++) await read(await open([0], cut));
    const stream = await open([0, 0], 'done');
    expect(await breaker()).toMatchObject({ failures: 4 });
    await read(stream);
    await Promise.all(deferred);
    expect(await breaker()).toMatchObject({ failures: 0 });
  });

  it('an item that does not come within the idle deadline is a fault, and the call is cancelled', async () => {
    let cancelled: AbortSignal | undefined;
    const stream = await guard().stream('ollama_generation', async (signal) => ((cancelled = signal), answer([0], 'silence')));
    const reading = read(stream);
    await vi.advanceTimersByTimeAsync(limits.GENERATE_IDLE_MS);
    expect(await reading).toEqual({ items: [0], end: { code: 'deadline_exceeded', dependency: 'ollama_generation' } });
    expect(cancelled?.aborted).toBe(true);
    expect(await breaker()).toMatchObject({ failures: 1, lastReason: 'timeout idle' });
  });

  it('a slow reader is not the model’s idleness, nor does it count when its time is over', async () => {
    const stream = (await open([0, 0, 0], 'done'))[Symbol.asyncIterator]();
    await stream.next();
    await vi.advanceTimersByTimeAsync(limits.GENERATE_IDLE_MS * 2);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await vi.advanceTimersByTimeAsync(limits.GENERATE_TOTAL_MS);
    expect(await outcomeOf(stream.next())).toMatchObject({ code: 'deadline_exceeded' });
    expect(await breaker()).toMatchObject({ failures: 0 });
  });

  it('an answer that goes on for longer than the total deadline is cut off, and counts', async () => {
    const pauses = [0, ...Array.from({ length: 100 }, () => limits.GENERATE_IDLE_MS - 1)];
    const { end } = await whileTimePasses(read(await open(pauses, 'done')));
    expect(end).toMatchObject({ code: 'deadline_exceeded' });
    expect(await breaker()).toMatchObject({ failures: 1, lastReason: 'timeout total' });
  });

  it('the caller’s remaining time ends it, and does not count', async () => {
    const { end } = await whileTimePasses(open([0], 'silence', guard({ deadlineAt: Date.now() + 500 })).then(read));
    expect(end).toMatchObject({ code: 'deadline_exceeded' });
    expect(await breaker()).toMatchObject({ failures: 0 });
  });

  it('a caller who leaves cancels the model’s work, and does not count', async () => {
    const leaving = new AbortController();
    let cancelled: AbortSignal | undefined;
    const stream = await guard({ caller: leaving.signal }).stream('ollama_generation', async (signal) => {
      cancelled = signal;
      return answer([0], 'silence');
    });
    const reading = read(stream);
    await vi.advanceTimersByTimeAsync(10);
    leaving.abort();
    expect(cancelled?.aborted).toBe(true);
    expect(await reading).toEqual({ items: [0], end: { kind: 'caller_left' } });
    expect(await breaker()).toMatchObject({ failures: 0 });
  });

  it('a reader who stops early cancels the model’s work, even while an item is awaited from a generator that hangs', async () => {
    let cancelled: AbortSignal | undefined;
    const stream = await guard().stream('ollama_generation', async (signal) => ((cancelled = signal), answer([0], 'silence')));
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const pending = iterator.next();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(cancelled?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(await breaker()).toMatchObject({ failures: 0 });
  });
});

describe('the end', () => {
  it('comes exactly once, wherever the answer is cut and however often it is asked for more', async () => {
    vi.useRealTimers();
    const ends = fc.constantFrom<Fault | 'done'>('done', cut, { kind: 'stream_error' }, { kind: 'connection' });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), ends, fc.integer({ min: 0, max: 10 }), async (length, end, abandonedAt) => {
        isolate = freshIsolate();
        const iterator = (
          await open(
            Array.from({ length }, () => 0),
            end,
          )
        )[Symbol.asyncIterator]();
        let [items, dones, errors] = [0, 0, 0];
        for (let i = 0; i < length + 4; i++) {
          if (i === abandonedAt) await iterator.return?.();
          try {
            const item = await iterator.next();
            if (item.done) dones += 1;
            else items += 1;
          } catch {
            errors += 1;
            expect(dones).toBe(0);
          }
        }
        const whole = abandonedAt > length;
        expect(items).toBe(whole ? length : Math.min(abandonedAt, length));
        expect(errors).toBe(whole && end !== 'done' ? 1 : 0);
        expect(errors + dones + items).toBe(length + 4);
      }),
    );
  });
});
