import { afterAll, beforeAll, afterEach, describe, expect, it, vi } from 'vitest';
import { agreement } from './agreement.ts';
import { seeded } from './difference.ts';
import { REDIS_SERVERS, type RedisServer } from './redis-servers.ts';

describe.each(REDIS_SERVERS)('one call after another, on $name', ({ start }) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await start(3);
  });
  afterEach(() => vi.useRealTimers());
  afterAll(() => server.close());

  it('our breaker lets through exactly what cockatiel’s ConsecutiveBreaker lets through', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const result = await agreement(server.redis, 300, seeded(7), (ms) => vi.setSystemTime(Date.now() + ms));
    expect(result).toEqual({ equal: 300, states: new Set(['closed', 'open']), difference: null });
  });
});
