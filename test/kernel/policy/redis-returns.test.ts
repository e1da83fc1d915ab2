import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { BREAKER_BUSY_MS, BREAKER_OPEN_MS, REDIS_RETRY_MS } from '../../../functions/_kernel/limits.ts';
import type { Command } from '../../../functions/_kernel/upstreams/redis.ts';
import { CALL, failing, fleet, held, outcomeOf, type Fleet, type Instance } from './fleet.ts';
import { breakable, REDIS_SERVERS, send, withClock, type RedisServer } from './redis-servers.ts';

const KEY = 'cb:{rag}:qdrant_search';
const run = (instance: Instance, call: () => Promise<unknown>): Promise<unknown> => instance.guard().run('qdrant_search', call, CALL);
const fail = (instance: Instance): Promise<unknown> => outcomeOf(run(instance, failing('qdrant_search')));
const breakerOf = (outcome: unknown): unknown => (outcome as { breaker?: string }).breaker;

describe.each(REDIS_SERVERS)('when $name comes and goes', ({ start }) => {
  let server: RedisServer;
  let redis: ReturnType<typeof breakable>;
  let service: Fleet;

  beforeAll(async () => {
    server = await start(4);
  });
  beforeEach(async () => {
    await server.empty();
    service = fleet((now) => (redis = breakable(withClock(server.redis, now))));
  });
  afterEach(() => (redis.gone = false));
  afterAll(() => server.close());

  it('after recovery the shared state rules again: what one isolate opened by itself is forgotten', async () => {
    const lonely = service.instance();
    redis.gone = true;
    for (let i = 0; i < 5; i++) await fail(lonely);
    expect(breakerOf(await fail(lonely))).toBe('open');
    redis.gone = false;
    service.clock.now += REDIS_RETRY_MS;
    expect(await run(lonely, async () => 'fine')).toBe('fine');
    expect(lonely.guard().redis()).toBe('up');
  });

  it('after recovery the shared state rules again: what the fleet opened meanwhile is open here', async () => {
    const lonely = service.instance(redis);
    redis.gone = true;
    await run(lonely, async () => 'fine');
    redis.gone = false;
    for (let i = 0; i < 5; i++) await fail(service.instance());
    service.clock.now += REDIS_RETRY_MS;
    expect(breakerOf(await fail(lonely))).toBe('open');
  });

  it('a breaker that was open when Redis went stays open for this isolate, until its time is over', async () => {
    const instance = service.instance();
    for (let i = 0; i < 5; i++) await fail(service.instance());
    await fail(instance);
    redis.gone = true;
    service.clock.now += BREAKER_OPEN_MS - 1;
    expect(breakerOf(await fail(instance))).toBe('open');
    service.clock.now += 1;
    expect(await run(instance, async () => 'recovered')).toBe('recovered');
  });

  it('without Redis, status still tells since when this isolate has known it open', async () => {
    const instance = service.instance();
    for (let i = 0; i < 5; i++) await fail(service.instance());
    const known = service.clock.now;
    await fail(instance);
    service.clock.now += 6_000;
    await fail(instance);
    redis.gone = true;
    const [, , view] = await instance.guard().states();
    expect(view).toMatchObject({ state: 'open', since: known, retryAfterMs: BREAKER_OPEN_MS - 6_000, source: 'local' });
  });

  it('a fault that can no longer be reported counts in the isolate, on top of what the fleet had counted', async () => {
    const instance = service.instance();
    for (let i = 0; i < 4; i++) await fail(instance);
    const fifth = run(instance, async () => {
      redis.gone = true;
      throw new UpstreamFault('qdrant_search', { kind: 'connection' });
    });
    expect(breakerOf(await outcomeOf(fifth))).toBe('open');
  });

  it('a probe whose success can no longer be reported closes the isolate’s breaker', async () => {
    const instance = service.instance();
    for (let i = 0; i < 5; i++) await fail(instance);
    service.clock.now += BREAKER_OPEN_MS;
    await run(instance, async () => (redis.gone = true));
    expect(await run(instance, async () => 'fine')).toBe('fine');
  });

  it('another’s probe, of which nothing more can be heard, is awaited for a second', async () => {
    for (let i = 0; i < 5; i++) await fail(service.instance());
    service.clock.now += BREAKER_OPEN_MS;
    const begun = held<void>();
    void run(service.instance(), () => (begun.resolve(), new Promise(() => {}))).catch(() => {});
    await begun.promise;
    const instance = service.instance();
    await fail(instance);
    redis.gone = true;
    expect(breakerOf(await fail(instance))).toBe('probing');
    service.clock.now += BREAKER_BUSY_MS;
    expect(await run(instance, async () => 'recovered')).toBe('recovered');
  });

  it('emptied in mid-flight: a probe’s late result changes nothing, and calls go on', async () => {
    for (let i = 0; i < 5; i++) await fail(service.instance());
    service.clock.now += BREAKER_OPEN_MS;
    const probe = run(service.instance(), async () => {
      await server.empty();
      throw new UpstreamFault('qdrant_search', { kind: 'connection' });
    });
    expect(breakerOf(await outcomeOf(probe))).toBe('closed');
    expect((await service.instance().guard().states())[2]).toMatchObject({ state: 'closed', failures: 0 });
    expect(await run(service.instance(), async () => 'fine')).toBe('fine');
  });

  it('with the script cache flushed, the next call sends the scripts again and loses nothing', async () => {
    for (let i = 0; i < 4; i++) await fail(service.instance());
    await send(server.redis, ['SCRIPT', 'FLUSH']);
    expect(breakerOf(await fail(service.instance()))).toBe('open');
  });

  it('a failover that loses the opening: the next fault opens it again, under a generation of its own', async () => {
    for (let i = 0; i < 4; i++) await fail(service.instance());
    const before = await snapshot();
    await fail(service.instance());
    const lost = Number(await send(server.redis, ['HGET', KEY, 'g']));
    service.clock.now += 1;
    await restore(before);
    expect(breakerOf(await fail(service.instance()))).toBe('open');
    expect(Number(await send(server.redis, ['HGET', KEY, 'g']))).toBeGreaterThan(lost);
  });

  it('a failover that loses a lease: two probe, and the one whose lease is lost decides nothing, even in the same millisecond', async () => {
    for (let i = 0; i < 5; i++) await fail(service.instance());
    service.clock.now += BREAKER_OPEN_MS;
    const before = await snapshot();
    const [lost, kept] = [held<never>(), held<string>()];
    const begun = [held<void>(), held<void>()];
    const first = run(service.instance(), () => (begun[0]!.resolve(), lost.promise));
    await begun[0]!.promise;
    await restore(before);
    const second = run(service.instance(), () => (begun[1]!.resolve(), kept.promise));
    await begun[1]!.promise;
    lost.reject(new UpstreamFault('qdrant_search', { kind: 'connection' }));
    await outcomeOf(first);
    expect(breakerOf(await fail(service.instance()))).toBe('probing');
    kept.resolve('recovered');
    expect(await second).toBe('recovered');
    expect(await run(service.instance(), async () => 'fine')).toBe('fine');
  });

  it('a key of another type, written by someone else, costs the shared state and not the service', async () => {
    await send(server.redis, ['SET', KEY, 'not a hash']);
    expect(await run(service.instance(), async () => 'fine')).toBe('fine');
  });

  const snapshot = async (): Promise<Command> => ['HSET', KEY, ...((await send(server.redis, ['HGETALL', KEY])) as string[])];
  const restore = async (command: Command): Promise<void> => {
    await send(server.redis, ['DEL', KEY]);
    await send(server.redis, command);
  };
});
