import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { BREAKER_OPEN_MS } from '../../../functions/_kernel/limits.ts';
import { leaseMs, breakerSettings } from '../../../functions/_kernel/policy/settings.ts';
import { failing, fleet, held, outcomeOf, type Fleet, type Instance } from './fleet.ts';
import { counted, REDIS_SERVERS, withClock, type RedisServer } from './redis-servers.ts';

const CALL = { idempotent: false };
const unavailable = (breaker: 'open' | 'probing' | 'closed', retryAfterMs: number): object => ({
  code: 'dependency_unavailable',
  dependency: 'ollama_embedding',
  breaker,
  retryAfterMs,
});

describe.each(REDIS_SERVERS)('the shared breaker on $name', ({ start }) => {
  let server: RedisServer;
  let service: Fleet;
  const run = (instance: Instance, call: () => Promise<unknown>): Promise<unknown> => instance.guard().run('ollama_embedding', call, CALL);
  const fail = (instance: Instance): Promise<unknown> => outcomeOf(run(instance, failing('ollama_embedding')));

  beforeAll(async () => {
    server = await start(1);
  });
  beforeEach(async () => {
    await server.empty();
    service = fleet((now) => withClock(server.redis, now));
  });
  afterAll(() => server.close());

  const trip = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await fail(service.instance());
  };

  it('opens for all after five consecutive faults seen by five instances, and the next call of any reaches nobody', async () => {
    for (let i = 0; i < 4; i++) expect(await fail(service.instance())).toEqual(unavailable('closed', 1_000));
    expect(await fail(service.instance())).toEqual(unavailable('open', BREAKER_OPEN_MS));
    let reached = false;
    const next = run(service.instance(), async () => (reached = true));
    expect(await outcomeOf(next)).toEqual(unavailable('open', BREAKER_OPEN_MS));
    expect(reached).toBe(false);
  });

  it('a success between the faults starts the count anew', async () => {
    for (let i = 0; i < 4; i++) await fail(service.instance());
    await run(service.instance(), async () => 'fine');
    await Promise.all(service.deferred);
    for (let i = 0; i < 4; i++) expect(await fail(service.instance())).toEqual(unavailable('closed', 1_000));
  });

  it('faults further apart than the window do not add up', async () => {
    for (let i = 0; i < 4; i++) await fail(service.instance());
    service.clock.now += 60_001;
    expect(await fail(service.instance())).toEqual(unavailable('closed', 1_000));
  });

  it('opening one breaker leaves the others closed', async () => {
    await trip();
    const states = await service.instance().guard().states();
    expect(Object.fromEntries(states.map(({ name, state }) => [name, state]))).toEqual({
      ollama_embedding: 'open',
      ollama_generation: 'closed',
      qdrant_search: 'closed',
      qdrant_write: 'closed',
    });
  });

  it('64 callers at recovery make one probe; the others fail fast, and its success closes the breaker', async () => {
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    const probe = held<string>();
    let probes = 0;
    const callers = Array.from({ length: 64 }, () =>
      outcomeOf(
        run(service.instance(), () => {
          probes += 1;
          return probe.promise;
        }),
      ),
    );
    const early = await Promise.race([callers[0]!, callers[1]!]);
    expect(early).toEqual(unavailable('probing', 1_000));
    probe.resolve('recovered');
    const outcomes = await Promise.all(callers);
    expect(probes).toBe(1);
    expect(outcomes.filter((outcome) => outcome === 'recovered')).toHaveLength(1);
    expect(await run(service.instance(), async () => 'fine')).toBe('fine');
    expect(service.transitions.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'closed → open',
      'open → half_open',
      'half_open → closed',
    ]);
  });

  it('a failed probe opens the breaker again, for as long as the first time', async () => {
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    expect(await fail(service.instance())).toEqual(unavailable('open', BREAKER_OPEN_MS));
    expect(await fail(service.instance())).toEqual(unavailable('open', BREAKER_OPEN_MS));
  });

  it('a prober that dies costs one lease, and no more', async () => {
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    void run(service.instance(), () => new Promise(() => {})).catch(() => {});
    await expect.poll(() => service.transitions.at(-1)?.to).toBe('half_open');
    service.clock.now += leaseMs(breakerSettings(), 'ollama_embedding', 'whole') - 1;
    expect(await fail(service.instance())).toEqual(unavailable('probing', 1));
    service.clock.now += 1;
    expect(await run(service.instance(), async () => 'recovered')).toBe('recovered');
  });

  it('an aborted probe is handed back: the next caller probes at once', async () => {
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    const leaving = new AbortController();
    const probe = service
      .instance()
      .guard({ caller: leaving.signal })
      .run('ollama_embedding', () => new Promise(() => {}), CALL);
    await expect.poll(() => service.transitions.at(-1)?.to).toBe('half_open');
    leaving.abort();
    expect(await outcomeOf(probe)).toEqual({ kind: 'caller_left' });
    await Promise.all(service.deferred);
    expect(await run(service.instance(), async () => 'recovered')).toBe('recovered');
  });

  it('a caller who leaves a closed breaker counts for nothing', async () => {
    for (let i = 0; i < 8; i++) {
      const leaving = new AbortController();
      const call = service
        .instance()
        .guard({ caller: leaving.signal })
        .run('ollama_embedding', () => new Promise(() => {}), CALL);
      leaving.abort();
      expect(await outcomeOf(call)).toEqual({ kind: 'caller_left' });
    }
    expect(await run(service.instance(), async () => 'fine')).toBe('fine');
  });

  it('a late failure of a call that began before the breaker opened does not open it again', async () => {
    const late = held<never>();
    const began = held<void>();
    const slow = outcomeOf(
      run(service.instance(), () => {
        began.resolve();
        return late.promise;
      }),
    );
    await began.promise;
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    expect(await run(service.instance(), async () => 'recovered')).toBe('recovered');
    late.reject(new UpstreamFault('ollama_embedding', { kind: 'connection' }));
    await slow;
    expect((await service.instance().guard().states())[0]).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('an answer that we brought upon ourselves neither counts nor resets, and closes a probed breaker', async () => {
    const missing = failing('ollama_embedding', { kind: 'model_missing', model: 'absent' });
    for (let i = 0; i < 4; i++) await fail(service.instance());
    expect(await outcomeOf(run(service.instance(), missing))).toEqual({ kind: 'model_missing', model: 'absent' });
    expect(await fail(service.instance())).toEqual(unavailable('open', BREAKER_OPEN_MS));
    service.clock.now += BREAKER_OPEN_MS;
    expect(await outcomeOf(run(service.instance(), missing))).toEqual({ kind: 'model_missing', model: 'absent' });
    expect(await run(service.instance(), async () => 'fine')).toBe('fine');
  });

  it('a defect of our own hands the probe back and counts for nothing', async () => {
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    const defect = run(service.instance(), async () => {
      throw new TypeError('a bug');
    });
    await expect(defect).rejects.toThrow('a bug');
    expect((await service.instance().guard().states())[0]).toMatchObject({ state: 'open', retryAfterMs: 0 });
  });

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

  it('a clock that steps back by an hour cannot keep a breaker open for longer than it opens', async () => {
    await trip();
    service.clock.now -= 3_600_000;
    expect(await fail(service.instance())).toEqual(unavailable('open', BREAKER_OPEN_MS));
    service.clock.now += BREAKER_OPEN_MS;
    expect(await run(service.instance(), async () => 'recovered')).toBe('recovered');
  });

  it('a person isolates a breaker until a person closes it', async () => {
    await service.instance().guard().steer('ollama_embedding', 'isolated');
    service.clock.now += 86_400_000;
    expect(await fail(service.instance())).toEqual(unavailable('open', BREAKER_OPEN_MS));
    expect((await service.instance().guard().states())[0]).toMatchObject({ state: 'isolated', since: expect.any(Number) });
    await service.instance().guard().steer('ollama_embedding', 'closed');
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
