import { describe, expect, it } from 'vitest';
import { takeSlot } from '../../../functions/_kernel/policy/bulkhead.ts';
import { freshIsolate } from '../../../functions/_kernel/policy/isolate.ts';
import { breakerSettings } from '../../../functions/_kernel/policy/settings.ts';
import { fleet, held, outcomeOf } from './fleet.ts';

const slots = { ...breakerSettings().slots, qdrant_search: 2, ollama_generation: 1 };

describe('the bulkhead of an isolate', () => {
  it('rejects at once what exceeds it, without a queue, and says that the breaker is closed', async () => {
    const instance = fleet(() => null, { slots }).instance();
    const slow = held<string>();
    const call = (): Promise<unknown> => outcomeOf(instance.guard().run('qdrant_search', () => slow.promise, { idempotent: true }));
    const [first, second, third] = [call(), call(), call()];
    expect(await third).toEqual({ code: 'dependency_unavailable', dependency: 'qdrant_search', breaker: 'closed', retryAfterMs: 1_000 });
    slow.resolve('fine');
    expect(await Promise.all([first, second])).toEqual(['fine', 'fine']);
    expect(await call()).toBe('fine');
  });

  it('of one dependency leaves the others free, and a rejection is no fault of the dependency', async () => {
    const instance = fleet(() => null, { slots }).instance();
    const slow = held<string>();
    const call = (name: 'qdrant_search' | 'qdrant_write'): Promise<unknown> =>
      outcomeOf(instance.guard().run(name, () => slow.promise, { idempotent: true }));
    const held1 = [call('qdrant_search'), call('qdrant_search')];
    for (let i = 0; i < 9; i++) await call('qdrant_search');
    const other = call('qdrant_write');
    slow.resolve('fine');
    expect(await Promise.all([...held1, other])).toEqual(['fine', 'fine', 'fine']);
    expect((await instance.guard().states()).map(({ failures }) => failures)).toEqual([0, 0, 0, 0]);
  });

  it('a stream holds its slot until it ends, is abandoned, or fails', async () => {
    const service = fleet(() => null, { slots });
    const instance = service.instance();
    const opened = (items: () => AsyncGenerator<number>): Promise<AsyncIterable<number>> =>
      instance.guard().stream('ollama_generation', async () => items());
    async function* two(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }
    for (const end of ['read', 'abandoned', 'failed'] as const) {
      const stream = await opened(end === 'failed' ? failsAfterOne : two);
      expect(await outcomeOf(opened(two))).toMatchObject({ breaker: 'closed' });
      const iterator = stream[Symbol.asyncIterator]();
      if (end === 'abandoned') await iterator.return?.();
      else await outcomeOf(drain(iterator));
      // What keeps the invocation alive until then ends with it.
      await Promise.all(service.deferred);
    }
    const last = await opened(two);
    await last[Symbol.asyncIterator]().return?.();
  });

  it('a slot of a request that was cancelled without a word ends by itself', () => {
    const isolate = freshIsolate();
    takeSlot(isolate, 'qdrant_search', 1, 0, 5_000);
    expect(() => takeSlot(isolate, 'qdrant_search', 1, 4_999, 9_999)).toThrow('Bulkhead');
    expect(() => takeSlot(isolate, 'qdrant_search', 1, 5_000, 9_999)).not.toThrow();
  });

  it('a slot lasts as long as its call may: longer while a model loads', async () => {
    const service = fleet(() => null, { slots });
    const { totalMs } = breakerSettings().patience.ollama_generation;
    for (const [model, expected] of [
      [undefined, 'fine'],
      [{ name: 'cold', loaded: async () => false }, 'closed'],
    ] as const) {
      const instance = service.instance();
      const leaving = new AbortController();
      const begun = held<void>();
      const never = (): Promise<never> => (begun.resolve(), new Promise(() => {}));
      const first = outcomeOf(instance.guard({ caller: leaving.signal }).run('ollama_generation', never, { idempotent: false, model }));
      await begun.promise;
      service.clock.now += totalMs;
      const second = await outcomeOf(instance.guard().run('ollama_generation', async () => 'fine', { idempotent: false }));
      expect(second).toEqual(expected === 'fine' ? 'fine' : expect.objectContaining({ breaker: expected }));
      leaving.abort();
      await first;
    }
  });

  it('giving a slot back twice frees one slot', () => {
    const isolate = freshIsolate();
    const release = takeSlot(isolate, 'qdrant_search', 2, 0, 5_000);
    takeSlot(isolate, 'qdrant_search', 2, 0, 5_000);
    release();
    release();
    takeSlot(isolate, 'qdrant_search', 2, 0, 5_000);
    expect(() => takeSlot(isolate, 'qdrant_search', 2, 0, 5_000)).toThrow('Bulkhead');
  });
});

async function* failsAfterOne(): AsyncGenerator<number> {
  yield 1;
  throw new Error('a bug');
}

async function drain(iterator: AsyncIterator<number>): Promise<string> {
  try {
    while ((await iterator.next()).done !== true);
    return 'drained';
  } catch {
    return 'failed';
  }
}
