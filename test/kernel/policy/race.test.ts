import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { createGuard, type Guard } from '../../../functions/_kernel/policy/guard.ts';
import { freshIsolate } from '../../../functions/_kernel/policy/isolate.ts';
import { openRedis } from '../../../functions/_kernel/upstreams/redis.node.ts';
import { outcomeOf } from './fleet.ts';
import { REDIS_SERVERS, send, type RedisServer } from './redis-servers.ts';

const CALLERS = 1_000;
const CONNECTIONS = 16;

describe.each(REDIS_SERVERS)('1,000 callers at once, over 16 connections to $name', ({ start }) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await start(5);
  });
  beforeEach(() => server.empty());
  afterAll(() => server.close());

  const instances = async (threshold: number): Promise<Guard[]> => {
    const redis = Array.from({ length: CONNECTIONS }, (_, i) => openRedis(`${server.url}?connection=${i}`));
    await Promise.all(redis.map((connection) => send(connection, ['PING'])));
    const settings = { threshold, redisMs: 10_000 };
    const once = { caller: null, deadlineAt: null, defer: () => {}, settings };
    return Array.from({ length: CALLERS }, (_, i) => createGuard({ ...once, redis: redis[i % CONNECTIONS]!, isolate: freshIsolate() }));
  };
  /** All are let in before the first one fails. */
  const failAtOnce = async (guards: Guard[]): Promise<unknown[]> => {
    const all = Promise.withResolvers<void>();
    let begun = 0;
    const call = async (): Promise<never> => {
      begun += 1;
      if (begun === CALLERS) all.resolve();
      await all.promise;
      throw new UpstreamFault('qdrant_search', { kind: 'connection' });
    };
    return Promise.all(guards.map((guard) => outcomeOf(guard.run('qdrant_search', call, { idempotent: false }))));
  };

  it('every one of 1,000 concurrent failures is counted', { timeout: 60_000 }, async () => {
    const guards = await instances(CALLERS + 1);
    await failAtOnce(guards);
    expect((await guards[0]!.states())[2]).toMatchObject({ state: 'closed', failures: CALLERS, source: 'shared' });
  });

  it('the one that reaches the threshold opens it, once; those that come later are fenced', { timeout: 60_000 }, async () => {
    const guards = await instances(CALLERS - 24);
    const outcomes = await failAtOnce(guards);
    expect(outcomes.filter((outcome) => (outcome as { breaker: string }).breaker === 'open')).toHaveLength(1);
    expect((await guards[0]!.states())[2]).toMatchObject({ state: 'open', failures: CALLERS - 24, opens: 1, source: 'shared' });
  });
});
