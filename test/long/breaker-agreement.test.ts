import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { agreement } from '../kernel/policy/agreement.ts';
import { seeded } from '../kernel/policy/difference.ts';
import { REDIS_SERVERS, type RedisServer } from '../kernel/policy/redis-servers.ts';

describe.each(REDIS_SERVERS)('one call after another, at length, on $name', ({ start }) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await start(10);
  });
  afterEach(() => vi.useRealTimers());
  afterAll(() => server.close());

  it('6,000 of 6,000 calls are let through or rejected as cockatiel’s ConsecutiveBreaker does', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const result = await agreement(server.redis, 6_000, seeded(21), (ms) => vi.setSystemTime(Date.now() + ms));
    expect(result).toEqual({ equal: 6_000, states: new Set(['closed', 'open']), difference: null });
  });
});
