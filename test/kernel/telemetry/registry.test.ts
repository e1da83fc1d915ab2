import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { count, takeMeasured } from '../../../functions/_kernel/telemetry/meter.ts';
import * as onNode from '../../../functions/_kernel/telemetry/registry.node.ts';
import { readMeasured, tellMeasured } from '../../../functions/_kernel/telemetry/registry.workerd.ts';
import { closeRedisPool, openRedis } from '../../../functions/_kernel/upstreams/redis.node.ts';
import type { Redis } from '../../../functions/_kernel/upstreams/redis.ts';
import { startRedis } from '../../../local/redis/redis.ts';

const FIELD = '["rag_chunks_indexed_total","count"]';
let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
let now = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = openRedis(server.url, 5_000);
});
beforeEach(async () => {
  takeMeasured();
  await redis.send([['FLUSHALL']]);
});
afterAll(async () => {
  closeRedisPool();
  await server.close();
});

/** An event, told to a Redis later than any that was told before. */
async function happen(to: Redis): Promise<void> {
  count('rag_chunks_indexed_total', {});
  await tellMeasured(to, (now += 10_000));
}
const stored = async () => (await readMeasured(redis))?.get(FIELD) ?? 0;
const away = (): Promise<never> => Promise.reject(new UpstreamFault('redis', { kind: 'timeout', phase: 'total' }));

describe('at the edge', () => {
  test('an event that Redis counted, but acknowledged too late, is counted once', async () => {
    const late: Redis = { ...redis, send: async (commands) => redis.send(commands).then(away) };
    for (let events = 0; events < 6; events++) await happen(late);
    expect(await stored()).toBe(6);
    await happen(redis);
    expect(await stored()).toBe(7);
  });

  test('an event that never reached Redis, or that Redis refused, is counted once it is there', async () => {
    await happen({ ...redis, send: away });
    await server.faults.set({ mode: 'error' });
    await happen(redis);
    await server.faults.clear();
    expect(await stored()).toBe(2);
  });

  test('two requests that end at once tell their events once each', async () => {
    await Promise.all(Array.from({ length: 10 }, async () => happen(redis)));
    expect(await stored()).toBe(10);
  });

  test('what Redis keeps of an isolate is one number that expires', async () => {
    for (let events = 0; events < 3; events++) await happen(redis);
    const [keys] = await redis.send([['KEYS', 'metrics:*']]);
    expect(keys).toHaveLength(2);
    const told = (keys as string[]).find((key) => key.includes(':told:'))!;
    const [expiry] = await redis.send([['PTTL', told]]);
    expect(expiry).toBeGreaterThan(86_000_000);
  });
});

test('on Node the process keeps what it measured, whatever becomes of Redis, and a scrape takes nothing away', async () => {
  count('rag_chunks_indexed_total', {}, 2);
  await onNode.tellMeasured(redis, 0);
  expect((await onNode.readMeasured(redis)).get(FIELD)).toBe(2);
  count('rag_chunks_indexed_total', {});
  expect((await onNode.readMeasured(redis)).get(FIELD)).toBe(3);
});
