import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { BREAKER_OPEN_MS, REDIS_RETRY_MS } from '../../../functions/_kernel/limits.ts';
import { closeRedisPool, openRedis } from '../../../functions/_kernel/upstreams/redis.node.ts';
import { RedisError, type Redis } from '../../../functions/_kernel/upstreams/redis.ts';
import { CALL, failing, fleet, held, outcomeOf, type Instance } from './fleet.ts';
import { breakable, counted } from './redis-servers.ts';

const run = (instance: Instance, call: () => Promise<unknown>): Promise<unknown> => instance.guard().run('qdrant_search', call, CALL);
const fail = (instance: Instance): Promise<unknown> => outcomeOf(run(instance, failing('qdrant_search')));
const breakerOf = (outcome: unknown): unknown => (outcome as { breaker?: string }).breaker;

const NOBODY: Redis = { send: () => Promise.reject(new UpstreamFault('redis', { kind: 'connection' })), close: async () => {} };

describe('without Redis', () => {
  it.each([
    ['not configured', null],
    ['not reachable', NOBODY],
  ])('%s: calls go on, and the isolate’s own breaker opens after five faults and recovers by one probe', async (_, redis) => {
    const service = fleet(() => redis);
    const instance = service.instance();
    expect(await run(instance, async () => 'fine')).toBe('fine');
    for (let i = 0; i < 4; i++) expect(breakerOf(await fail(instance))).toBe('closed');
    expect(breakerOf(await fail(instance))).toBe('open');
    expect(breakerOf(await fail(instance))).toBe('open');
    expect(instance.guard().redis()).toBe('down');
    service.clock.now += BREAKER_OPEN_MS;
    const probe = held<string>();
    const begun = held<void>();
    const first = run(instance, () => (begun.resolve(), probe.promise));
    await begun.promise;
    expect(breakerOf(await fail(instance))).toBe('probing');
    probe.resolve('recovered');
    expect(await first).toBe('recovered');
    expect(await run(instance, async () => 'fine')).toBe('fine');
    expect(service.transitions.map(({ to, source }) => `${to} ${source}`)).toEqual(['open local', 'half_open local', 'closed local']);
  });

  it('an open breaker rejects to its last millisecond, however slowly the process runs', async () => {
    const service = fleet(() => null);
    const instance = service.instance();
    for (let i = 0; i < 5; i++) await fail(instance);
    service.clock.now += BREAKER_OPEN_MS - 1;
    let wall = Date.now();
    const stepping = vi.spyOn(Date, 'now').mockImplementation(() => (wall += 1_000));
    expect(await fail(instance)).toMatchObject({ breaker: 'open', retryAfterMs: 1 });
    stepping.mockRestore();
  });

  it('one call in two seconds tries Redis again; the others do not wait for it', async () => {
    const redis = breakable(NOBODY);
    redis.gone = true;
    const service = fleet(() => redis);
    const instance = service.instance();
    for (let i = 0; i < 10; i++) await run(instance, async () => i);
    expect(redis.attempts).toBe(1);
    service.clock.now += REDIS_RETRY_MS;
    await Promise.all(Array.from({ length: 10 }, (__, i) => run(instance, async () => i)));
    expect(redis.attempts).toBe(2);
  });

  it('a person’s isolation holds in this isolate only, and says so', async () => {
    const service = fleet(() => NOBODY);
    const instance = service.instance();
    expect(await instance.guard().steer('qdrant_search', 'isolated')).toBe('local');
    expect(breakerOf(await fail(instance))).toBe('open');
    expect(breakerOf(await fail(service.instance()))).toBe('closed');
    await instance.guard().steer('qdrant_search', 'closed');
    expect(await run(instance, async () => 'fine')).toBe('fine');
  });

  it('a clock that steps back does not keep the isolate from Redis for longer than that', async () => {
    const redis = breakable(NOBODY);
    const service = fleet(() => redis);
    const instance = service.instance();
    await run(instance, async () => 'fine');
    service.clock.now -= 3_600_000;
    await run(instance, async () => 'fine');
    expect(redis.attempts).toBe(2);
  });

  it.each(['READONLY You can’t write against a read only replica.', 'LOADING Redis is loading the dataset in memory', 'ERR unknown'])(
    'a Redis that answers “%s” is treated as gone',
    async (message) => {
      const refusing: Redis = { send: async (commands) => commands.map(() => new RedisError(message)), close: async () => {} };
      const instance = fleet(() => refusing).instance();
      expect(await run(instance, async () => 'fine')).toBe('fine');
      expect(instance.guard().redis()).toBe('down');
      expect((await instance.guard().states()).map(({ source }) => source)).toEqual(['local', 'local', 'local', 'local']);
    },
  );

  it('a defect in the client is not mistaken for a Redis that is gone', async () => {
    const defective: Redis = { send: () => Promise.reject(new TypeError('a bug')), close: async () => {} };
    await expect(run(fleet(() => defective).instance(), async () => 'fine')).rejects.toThrow('a bug');
  });
});

describe('a Redis that accepts and never answers, and one whose port is closed', () => {
  const open: Socket[] = [];
  const hung = createServer((socket) => void open.push(socket));
  beforeAll(() => new Promise<void>((resolve) => hung.listen(0, '127.0.0.1', resolve)));
  afterAll(async () => {
    closeRedisPool();
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => hung.close(resolve));
  });

  it.each(['hung', 'closed'])('%s: the first call is answered all the same, and the next ones ask Redis nothing', async (how) => {
    const { port } = hung.address() as AddressInfo;
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const freePort = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const redis = counted(openRedis(`redis://127.0.0.1:${how === 'hung' ? port : freePort}`));
    const instance = fleet(() => redis).instance();
    for (let i = 0; i < 20; i++) expect(await run(instance, async () => i)).toBe(i);
    expect(redis.roundTrips()).toBe(1);
    expect(instance.guard().redis()).toBe('down');
  });
});
