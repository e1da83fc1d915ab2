import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { CACHE_VALUE_MAX_CHARS, REDIS_RETRY_MS } from '../../../functions/_kernel/limits.ts';
import { cacheKey, createCache, type Lookup } from '../../../functions/_kernel/policy/cache.ts';
import { createGuard } from '../../../functions/_kernel/policy/guard.ts';
import { freshIsolate } from '../../../functions/_kernel/policy/isolate.ts';
import { RedisError, type Redis, type Reply } from '../../../functions/_kernel/upstreams/redis.ts';
import { counted, REDIS_SERVERS, send, type RedisServer } from './redis-servers.ts';

function cacheOver(redis: Redis, { now = Date.now, ttlSeconds = 60 }: { now?: () => number; ttlSeconds?: number } = {}) {
  const works: Promise<unknown>[] = [];
  const lookups: Lookup[] = [];
  const isolate = freshIsolate();
  const defer = (work: Promise<unknown>) => void works.push(work);
  const cache = createCache(redis, { ttlSeconds, redisMs: 5_000, defer, onLookup: (one) => lookups.push(one), isolate, now });
  return { cache, lookups, isolate, settled: () => Promise.all(works) };
}

describe.each(REDIS_SERVERS)('$name', ({ start }) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await start(11);
  });
  beforeEach(() => server.empty());
  afterAll(() => server.close());

  it('what was kept is found under the same identity, in whatever order its keys are, until its time is over', async () => {
    const { cache, lookups, settled } = cacheOver(server.redis, { ttlSeconds: 60 });
    const first = await cache.look('answer', 'ann', { a: 1, b: { c: [1, 2], d: null } });
    expect(first.value).toBeNull();
    first.keep('väl ue');
    await settled();
    expect((await cache.look('answer', 'ann', { b: { d: null, c: [1, 2] }, a: 1 })).value).toBe('väl ue');
    expect(lookups).toEqual([
      { cache: 'answer', outcome: 'miss' },
      { cache: 'answer', outcome: 'hit' },
    ]);
    const key = await cacheKey('answer', 'ann', { a: 1, b: { c: [1, 2], d: null } });
    expect(await send(server.redis, ['TTL', key])).toBe(60);
  });

  it.each([
    ['tenant', 'answer', 'bob', { a: 1 }],
    ['kind', 'vector', 'ann', { a: 1 }],
    ['value', 'answer', 'ann', { a: 2 }],
    ['order of a list', 'answer', 'ann', { a: [2, 1] }],
    ['border between two values', 'answer', 'ann', ['a1', '']],
  ] as const)('another %s is another place', async (_, kind, tenant, identity) => {
    const { cache, settled } = cacheOver(server.redis);
    for (const one of [{ a: 1 }, { a: [1, 2] }, ['a', '1']]) (await cache.look('answer', 'ann', one)).keep('theirs');
    await settled();
    expect((await cache.look(kind, tenant, identity)).value).toBeNull();
  });

  it('a value that is too long is left out', async () => {
    const { cache, settled } = cacheOver(server.redis);
    (await cache.look('answer', 'ann', 'long')).keep('x'.repeat(CACHE_VALUE_MAX_CHARS + 1));
    (await cache.look('answer', 'ann', 'longest')).keep('x'.repeat(CACHE_VALUE_MAX_CHARS));
    await settled();
    expect((await cache.look('answer', 'ann', 'long')).value).toBeNull();
    expect((await cache.look('answer', 'ann', 'longest')).value).toHaveLength(CACHE_VALUE_MAX_CHARS);
  });

  it('a key of another type is as good as none', async () => {
    const { cache } = cacheOver(server.redis);
    await send(server.redis, ['HSET', await cacheKey('answer', 'ann', 'x'), 'f', 'v']);
    expect((await cache.look('answer', 'ann', 'x')).value).toBeNull();
  });
});

describe('without Redis', () => {
  const GONE: Redis = {
    send: () => Promise.reject(new UpstreamFault('redis', { kind: 'timeout', phase: 'total' })),
    close: async () => {},
  };

  it('nothing is found and nothing kept, and neither fails nor counts as a miss', async () => {
    const { cache, lookups, settled } = cacheOver(GONE);
    const entry = await cache.look('answer', 'ann', 'x');
    expect(entry.value).toBeNull();
    entry.keep('lost');
    await settled();
    expect(lookups).toEqual([]);
  });

  it('its time-out is paid once, by the breakers or by the cache, and tried again after a while', async () => {
    let now = 1_000_000;
    const redis = counted(GONE);
    const { cache, isolate } = cacheOver(redis, { now: () => now });
    for (let i = 0; i < 5; i++) await cache.look('answer', 'ann', i);
    expect(redis.roundTrips()).toBe(1);
    const guard = createGuard({ redis, caller: null, deadlineAt: null, defer: () => {}, now: () => now, isolate });
    await guard.prepare(['qdrant_search']);
    expect(redis.roundTrips()).toBe(1);
    expect(guard.redis()).toBe('down');
    now += REDIS_RETRY_MS;
    await guard.prepare(['qdrant_search']);
    await cache.look('answer', 'ann', 'x');
    expect(redis.roundTrips()).toBe(2);
  });

  it('one that is full, or refuses otherwise, is no failure', async () => {
    const refuse = async (commands: readonly unknown[]): Promise<Reply[]> => commands.map(() => new RedisError('OOM command not allowed'));
    const { cache, settled } = cacheOver({ send: refuse, close: async () => {} });
    const entry = await cache.look('answer', 'ann', 'x');
    expect(entry.value).toBeNull();
    entry.keep('lost');
    await settled();
  });
});

it('no text of the identity stands in the key', async () => {
  const key = await cacheKey('answer', 'ann', { question: 'Who is ill?' });
  expect(key).toMatch(/^cache:\{rag\}:answer:ann:[0-9a-f]{64}$/);
});
