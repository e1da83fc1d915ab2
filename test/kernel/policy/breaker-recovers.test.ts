import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { BREAKER_OPEN_MS } from '../../../functions/_kernel/limits.ts';
import { breakerSettings, leaseMs } from '../../../functions/_kernel/policy/settings.ts';
import { CALL, embeddings, fleet, held, outcomeOf, unavailable, type Fleet } from './fleet.ts';
import { REDIS_SERVERS, withClock, type RedisServer } from './redis-servers.ts';

describe.each(REDIS_SERVERS)('the shared breaker recovers: on $name', ({ start }) => {
  let server: RedisServer;
  let service: Fleet;
  const { run, fail, trip } = embeddings(() => service);

  beforeAll(async () => {
    server = await start(6);
  });
  beforeEach(async () => {
    await server.empty();
    service = fleet((now) => withClock(server.redis, now));
  });
  afterAll(() => server.close());

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
    const begun = held<void>();
    void run(service.instance(), () => (begun.resolve(), new Promise(() => {}))).catch(() => {});
    await begun.promise;
    service.clock.now += leaseMs(breakerSettings(), 'ollama_embedding', 'whole') - 1;
    expect(await fail(service.instance())).toEqual(unavailable('probing', 1));
    service.clock.now += 1;
    expect(await run(service.instance(), async () => 'recovered')).toBe('recovered');
  });

  it('an aborted probe is handed back: the next caller probes at once', async () => {
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    const leaving = new AbortController();
    const begun = held<void>();
    const probe = service
      .instance()
      .guard({ caller: leaving.signal })
      .run('ollama_embedding', () => (begun.resolve(), new Promise(() => {})), CALL);
    await begun.promise;
    leaving.abort();
    expect(await outcomeOf(probe)).toEqual({ kind: 'caller_left' });
    await Promise.all(service.deferred);
    expect(await run(service.instance(), async () => 'recovered')).toBe('recovered');
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

  it('a defect of our own hands the probe back and counts for nothing', async () => {
    await trip();
    service.clock.now += BREAKER_OPEN_MS;
    const defect = run(service.instance(), async () => {
      throw new TypeError('a bug');
    });
    await expect(defect).rejects.toThrow('a bug');
    expect((await service.instance().guard().states())[0]).toMatchObject({ state: 'open', retryAfterMs: 0 });
  });

  it('a clock that steps back by an hour cannot keep a breaker open for longer than it opens', async () => {
    await trip();
    service.clock.now -= 3_600_000;
    expect(await fail(service.instance())).toEqual(unavailable('open', BREAKER_OPEN_MS));
    service.clock.now += BREAKER_OPEN_MS;
    expect(await run(service.instance(), async () => 'recovered')).toBe('recovered');
  });
});
