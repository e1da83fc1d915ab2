import { afterAll, beforeAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createGuard } from '../../../functions/_kernel/policy/guard.ts';
import { freshIsolate } from '../../../functions/_kernel/policy/isolate.ts';
import { AGREEMENT, agreement } from './agreement.ts';
import { seeded } from './difference.ts';
import { REDIS_SERVERS, withClock, type RedisServer } from './redis-servers.ts';

describe.each(REDIS_SERVERS)('one call after another, on $name', ({ start }) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await start(3);
  });
  afterEach(() => vi.useRealTimers());
  afterAll(() => server.close());

  it('our breaker lets through exactly what cockatiel’s ConsecutiveBreaker lets through', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const redis = withClock(server.redis, () => Date.now());
    const settings = { ...AGREEMENT, windowMs: Number.MAX_SAFE_INTEGER };
    const guards = () => {
      const deferred: Promise<unknown>[] = [];
      const guard = createGuard({
        redis,
        caller: null,
        deadlineAt: null,
        defer: (work) => deferred.push(work),
        settings,
        isolate: freshIsolate(),
      });
      // One after another: what a call leaves for later is done before the next one.
      const run: typeof guard.run = async (...call) => {
        try {
          return await guard.run(...call);
        } finally {
          await Promise.all(deferred);
        }
      };
      return { ...guard, run };
    };
    const result = await agreement(guards, 300, seeded(7), (ms) => vi.setSystemTime(Date.now() + ms));
    expect(result).toEqual({ equal: 300, states: new Set(['closed', 'open']), difference: null });
  });
});
