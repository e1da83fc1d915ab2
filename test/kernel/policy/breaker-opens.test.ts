import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BREAKER_OPEN_MS } from '../../../functions/_kernel/limits.ts';
import { CALL, embeddings, failing, fleet, outcomeOf, unavailable, type Fleet } from './fleet.ts';
import { REDIS_SERVERS, withClock, type RedisServer } from './redis-servers.ts';

describe.each(REDIS_SERVERS)('the shared breaker opens: on $name', ({ start }) => {
  let server: RedisServer;
  let service: Fleet;
  const { run, fail, trip } = embeddings(() => service);

  beforeAll(async () => {
    server = await start(1);
  });
  beforeEach(async () => {
    await server.empty();
    service = fleet((now) => withClock(server.redis, now));
  });
  afterAll(() => server.close());

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

  it('an answer that we brought upon ourselves neither counts nor resets, and closes a probed breaker', async () => {
    const missing = failing('ollama_embedding', { kind: 'model_missing', model: 'absent' });
    for (let i = 0; i < 4; i++) await fail(service.instance());
    expect(await outcomeOf(run(service.instance(), missing))).toEqual({ kind: 'model_missing', model: 'absent' });
    expect(await fail(service.instance())).toEqual(unavailable('open', BREAKER_OPEN_MS));
    service.clock.now += BREAKER_OPEN_MS;
    expect(await outcomeOf(run(service.instance(), missing))).toEqual({ kind: 'model_missing', model: 'absent' });
    expect((await service.instance().guard().states())[0]).toMatchObject({ state: 'closed' });
    expect(await run(service.instance(), async () => 'fine')).toBe('fine');
  });
});
