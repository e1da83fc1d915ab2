import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { UpstreamFault, type Fault } from '../../../functions/_kernel/failure.ts';
import * as limits from '../../../functions/_kernel/limits.ts';
import { alone, whileTimePasses } from './alone.ts';
import { answer, open, read } from './answers.ts';
import { failing, outcomeOf } from './fleet.ts';

const { guard, view, renew } = alone();
const breaker = () => view('ollama_generation');
const cut: Fault = { kind: 'stream_cut' };
const trip = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await outcomeOf(guard().run('ollama_generation', failing('ollama_generation'), { idempotent: false }));
};

describe('the first item decides', () => {
  it('a stream resolves with the first item and gives all items once', async () => {
    expect(await read(await open(guard(), [0, 0, 0], 'done'))).toEqual({ items: [0, 1, 2], end: 'done' });
  });

  it('a stream without one within the first-byte deadline is a fault', async () => {
    expect(await whileTimePasses(outcomeOf(open(guard(), [limits.GENERATE_FIRST_BYTE_MS + 1], 'done')))).toMatchObject({
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
    expect(await whileTimePasses(outcomeOf(open(guard(), [], 'done')))).toMatchObject({ code: 'dependency_unavailable' });
    expect(await breaker()).toMatchObject({ lastReason: 'stream_cut' });
  });

  it('a probe closes the breaker with its first item, so that a long answer holds no lease', async () => {
    await trip();
    await vi.advanceTimersByTimeAsync(limits.BREAKER_OPEN_MS);
    const stream = await open(guard(), [0, 0], 'silence');
    expect(await breaker()).toMatchObject({ state: 'closed', failures: 0 });
    await stream[Symbol.asyncIterator]().return?.();
  });
});

describe('the end', () => {
  it('comes exactly once, wherever the answer is cut and however often it is asked for more', async () => {
    vi.useRealTimers();
    const ends = fc.constantFrom<Fault | 'done'>('done', cut, { kind: 'stream_error' }, { kind: 'connection' });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), ends, fc.integer({ min: 0, max: 10 }), async (length, end, abandonedAt) => {
        renew();
        const iterator = (
          await open(
            guard(),
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
