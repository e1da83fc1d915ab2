import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { difference, seeded } from '../kernel/policy/difference.ts';
import { REDIS_SERVERS, type RedisServer } from '../kernel/policy/redis-servers.ts';

describe.each(REDIS_SERVERS)('the machine and the Lua on $name, at length', ({ start }) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await start(9);
  });
  afterAll(() => server.close());

  it.each([11, 12, 13, 14, 15])('say the same through 4,000 random steps (seed %i)', async (seed) => {
    const seen = new Map<string, number>();
    expect(await difference(server.redis, 4_000, seeded(seed), seen)).toBeNull();
    console.log(`seed ${seed}:`, Object.fromEntries(seen));
  });
});
