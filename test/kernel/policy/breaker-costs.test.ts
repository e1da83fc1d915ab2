import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { BREAKER_OPEN_MS } from '../../../functions/_kernel/limits.ts';
import { CALL, embeddings, fleet, outcomeOf, unavailable, type Fleet } from './fleet.ts';
import { counted, REDIS_SERVERS, withClock, type RedisServer } from './redis-servers.ts';

describe.each(REDIS_SERVERS)('what the shared breaker costs and shows on $name', ({ start }) => {
  let server: RedisServer;
  let service: Fleet;
  const { run, fail, trip } = embeddings(() => service);

  beforeAll(async () => {
    server = await start(7);
  });
  beforeEach(async () => {
    await server.empty();
    service = fleet((now) => withClock(server.redis, now));
  });
  afterAll(() => server.close());

  it('an instance that knows the breaker is open rejects without a round trip, for five seconds', async () => {
    await trip();
    const redis = counted(withClock(server.redis, () => service.clock.now));
    const instance = service.instance(redis);
    await fail(instance);
    expect(redis.roundTrips()).toBe(1);
    service.clock.now += 4_999;
    expect(await fail(instance)).toEqual(unavailable('open', BREAKER_OPEN_MS - 4_999));
    expect(redis.roundTrips()).toBe(1);
    service.clock.now += 1;
    await fail(instance);
    expect(redis.roundTrips()).toBe(2);
  });

  it('the instance whose own fault opened it needs no round trip to know', async () => {
    const redis = counted(withClock(server.redis, () => service.clock.now));
    const instance = service.instance(redis);
    for (let i = 0; i < 5; i++) await fail(instance);
    const before = redis.roundTrips();
    expect(await fail(instance)).toEqual(unavailable('open', BREAKER_OPEN_MS));
    expect(redis.roundTrips()).toBe(before);
  });

  it('an instance whose clock stepped back does not reject from memory for longer than that', async () => {
    await trip();
    const redis = counted(withClock(server.redis, () => service.clock.now));
    const instance = service.instance(redis);
    await fail(instance);
    service.clock.now -= 3_600_000;
    await fail(instance);
    expect(redis.roundTrips()).toBe(2);
  });

  it('a healthy call costs one round trip and reports nothing', async () => {
    const redis = counted(withClock(server.redis, () => service.clock.now));
    const instance = service.instance(redis);
    for (let i = 0; i < 10; i++) await run(instance, async () => i);
    expect(redis.roundTrips()).toBe(10);
    expect(service.deferred).toEqual([]);
  });

  it('all breakers of an operation are acquired in one round trip', async () => {
    const redis = counted(withClock(server.redis, () => service.clock.now));
    const guard = service.instance(redis).guard();
    await guard.prepare(['ollama_embedding', 'qdrant_search', 'ollama_generation']);
    await guard.run('ollama_embedding', async () => 1, CALL);
    await guard.run('qdrant_search', async () => 2, CALL);
    await guard.stream('ollama_generation', async () =>
      (async function* () {
        yield 3;
      })(),
    );
    expect(redis.roundTrips()).toBe(1);
  });

  it('preparing takes no lease, so that an operation which ends early leaves no probe behind', async () => {
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    const guard = service.instance().guard();
    await guard.prepare(['ollama_embedding']);
    expect(await run(service.instance(), async () => 'another one probed')).toBe('another one probed');
  });

  it('an operation prepared when the time to probe had come is the probe', async () => {
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    const guard = service.instance().guard();
    await guard.prepare(['ollama_embedding']);
    expect(await guard.run('ollama_embedding', async () => 'recovered', CALL)).toBe('recovered');
    expect((await guard.states())[0]).toMatchObject({ state: 'closed' });
  });

  it('what was prepared serves all calls of an operation for half a second, in one round trip', async () => {
    const redis = counted(withClock(server.redis, () => service.clock.now));
    const guard = service.instance(redis).guard();
    await guard.prepare(['ollama_embedding', 'qdrant_search']);
    for (let call = 0; call < 3; call++) expect(await guard.run('ollama_embedding', async () => 'fine', CALL)).toBe('fine');
    expect(redis.roundTrips()).toBe(1);
    await trip();
    service.clock.now += 500;
    expect(await outcomeOf(guard.run('ollama_embedding', async () => 'fine', CALL))).toMatchObject({ breaker: 'open' });
  });

  it('what was prepared is asked for anew after a call has failed', async () => {
    const guard = service.instance().guard();
    await guard.prepare(['ollama_embedding']);
    await outcomeOf(
      guard.run('ollama_embedding', async () => Promise.reject(new UpstreamFault('ollama_embedding', { kind: 'connection' })), {
        idempotent: false,
      }),
    );
    await trip();
    expect(await outcomeOf(guard.run('ollama_embedding', async () => 'fine', CALL))).toMatchObject({ breaker: 'open' });
  });

  it('a person isolates a breaker until a person closes it', async () => {
    await service.instance().guard().steer('ollama_embedding', 'isolated');
    service.clock.now += 86_400_000;
    expect(await fail(service.instance())).toEqual(unavailable('open', BREAKER_OPEN_MS));
    expect((await service.instance().guard().states())[0]).toMatchObject({ state: 'isolated', since: expect.any(Number) });
    const steering = service.instance();
    await fail(steering);
    expect(await steering.guard().steer('ollama_embedding', 'closed')).toBe('shared');
    expect(await run(steering, async () => 'fine')).toBe('fine');
    expect(await run(service.instance(), async () => 'fine')).toBe('fine');
    expect(service.transitions.map(({ from, to }) => `${from} → ${to}`)).toEqual(['closed → isolated', 'isolated → closed']);
  });

  it('status tells failures, since when, how long to wait and the last reason', async () => {
    const began = service.clock.now;
    await trip();
    service.clock.now += 10_000;
    expect((await service.instance().guard().states())[0]).toEqual({
      name: 'ollama_embedding',
      state: 'open',
      failures: 5,
      opens: 1,
      since: began,
      retryAfterMs: BREAKER_OPEN_MS - 10_000,
      lastReason: 'status 500',
      source: 'shared',
    });
  });
});
