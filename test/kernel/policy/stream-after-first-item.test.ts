import { describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../../functions/_kernel/failure.ts';
import * as limits from '../../../functions/_kernel/limits.ts';
import { alone, whileTimePasses } from './alone.ts';
import { answer, open, read } from './answers.ts';
import { failing, fleet, outcomeOf } from './fleet.ts';

const { guard, view, deferred } = alone();
const breaker = () => view('ollama_generation');
const cut: Fault = { kind: 'stream_cut' };
const trip = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await outcomeOf(guard().run('ollama_generation', failing('ollama_generation'), { idempotent: false }));
};

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
    for (let i = 0; i < 4; i++) expect(await read(await open(guard(), [0], fault))).toMatchObject({ end: { breaker: 'closed' } });
    expect(await read(await open(guard(), [0], fault))).toMatchObject({ end: { breaker: 'open', retryAfterMs: limits.BREAKER_OPEN_MS } });
    expect(await breaker()).toMatchObject({ state: 'open', lastReason: fault.kind });
  });

  it('a fault of the very answer whose first item closed the breaker counts too', async () => {
    await trip();
    await vi.advanceTimersByTimeAsync(limits.BREAKER_OPEN_MS);
    await read(await open(guard(), [0], cut));
    expect(await breaker()).toMatchObject({ state: 'closed', failures: 1 });
  });

  it('a breaker that such an answer closes and opens again is seen to do both', async () => {
    const service = fleet(() => null, { threshold: 1 });
    const instance = service.instance();
    await outcomeOf(instance.guard().run('ollama_generation', failing('ollama_generation'), { idempotent: false }));
    service.clock.now += limits.BREAKER_OPEN_MS;
    await read(await open(instance.guard(), [0], cut));
    const seen = service.transitions.map(({ from, to }) => `${from} → ${to}`);
    expect(seen).toEqual(['closed → open', 'open → half_open', 'half_open → closed', 'closed → open']);
  });

  it('a streak ends with a complete answer, not with a first item', async () => {
    for (let i = 0; i < 4; i++) await read(await open(guard(), [0], cut));
    const stream = await open(guard(), [0, 0], 'done');
    expect(await breaker()).toMatchObject({ failures: 4 });
    await read(stream);
    await Promise.all(deferred());
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
    const stream = (await open(guard(), [0, 0, 0], 'done'))[Symbol.asyncIterator]();
    await stream.next();
    await vi.advanceTimersByTimeAsync(limits.GENERATE_IDLE_MS * 2);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await vi.advanceTimersByTimeAsync(limits.GENERATE_TOTAL_MS);
    expect(await outcomeOf(stream.next())).toMatchObject({ code: 'deadline_exceeded' });
    expect(await breaker()).toMatchObject({ failures: 0 });
  });

  it('an answer that goes on for longer than the total deadline is cut off, and counts', async () => {
    const pauses = [0, ...Array.from({ length: 100 }, () => limits.GENERATE_IDLE_MS - 1)];
    const { end } = await whileTimePasses(read(await open(guard(), pauses, 'done')));
    expect(end).toMatchObject({ code: 'deadline_exceeded' });
    expect(await breaker()).toMatchObject({ failures: 1, lastReason: 'timeout total' });
  });

  it('the caller’s remaining time ends it, and does not count', async () => {
    const { end } = await whileTimePasses(open(guard({ deadlineAt: Date.now() + 500 }), [0], 'silence').then(read));
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

  it.each(['its own idleness', 'its reader', 'the caller'])('an answer that is ended by %s gets to clean up', async (by) => {
    const leaving = new AbortController();
    let cleaned = false;
    async function* writing(signal: AbortSignal): AsyncGenerator<number> {
      try {
        yield 1;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield 2;
      } finally {
        cleaned = true;
      }
    }
    const stream = await guard({ caller: leaving.signal }).stream('ollama_generation', async (signal) => writing(signal));
    const reading = outcomeOf(read(stream));
    await vi.advanceTimersByTimeAsync(10);
    if (by === 'the caller') leaving.abort();
    else if (by === 'its reader') await stream[Symbol.asyncIterator]().return?.();
    await vi.advanceTimersByTimeAsync(by === 'its own idleness' ? limits.GENERATE_IDLE_MS : 0);
    await reading;
    expect(cleaned).toBe(true);
  });

  it('a stream that nobody reads keeps the invocation alive until its time is over, not longer', async () => {
    await open(guard(), [0], 'silence');
    let over = false;
    void Promise.all(deferred()).then(() => (over = true));
    await vi.advanceTimersByTimeAsync(limits.GENERATE_TOTAL_MS - 1);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toBe(true);
  });
});
