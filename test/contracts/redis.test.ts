import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startRedis } from '../../local/redis/redis.ts';
import { realServer } from './stand-in.ts';

const real = realServer('REDIS_URL');
const prefix = `contract:${crypto.randomUUID()}:`;
let server: Awaited<ReturnType<typeof startRedis>> | null = null;
let redis: Redis;
beforeAll(async () => {
  server = real === null ? await startRedis() : null;
  redis = new Redis(server?.url ?? real ?? '', { maxRetriesPerRequest: 1 });
});
afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
  await server?.close();
});
let key = '';
beforeEach(() => {
  key = prefix + crypto.randomUUID();
});
/** How far Redis's clock is from ours, in milliseconds. */
const skew = async (): Promise<number> => {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Number(micros) / 1_000 - Date.now();
};

// What the project asks of Redis. Source: redis.io/docs/latest/commands and /develop/programmability/eval-intro.
describe('redis: keys', () => {
  test('SET NX PX: the first wins, and the key expires', async () => {
    expect(await redis.set(key, 'a', 'PX', 60_000, 'NX')).toBe('OK');
    expect(await redis.set(key, 'b', 'PX', 60_000, 'NX')).toBeNull();
    expect(await redis.get(key)).toBe('a');
    expect(await redis.pttl(key)).toBeGreaterThan(59_000);
    await redis.pexpire(key, 1);
    await expect.poll(() => redis.get(key)).toBeNull();
    expect(await redis.pttl(key)).toBe(-2);
  });

  test('INCR and INCRBY keep the expiry; SET KEEPTTL and GET', async () => {
    await redis.set(key, '1', 'PX', 60_000);
    expect(await redis.incr(key)).toBe(2);
    expect(await redis.incrby(key, 40)).toBe(42);
    expect(await redis.set(key, '7', 'KEEPTTL')).toBe('OK');
    expect(await redis.pttl(key)).toBeGreaterThan(0);
    expect(await redis.getdel(key)).toBe('7');
    expect(await redis.exists(key)).toBe(0);
  });

  test('SET EX and EXPIRE count seconds; PERSIST takes the expiry away, and says whether there was one', async () => {
    await redis.set(key, '1', 'EX', 60);
    expect(await redis.pttl(key)).toBeGreaterThan(59_000);
    expect([await redis.expire(key, 120), (await redis.ttl(key)) > 60]).toEqual([1, true]);
    expect([await redis.persist(key), await redis.pttl(key), await redis.persist(key)]).toEqual([1, -1, 0]);
    expect([await redis.del(key, `${key}:none`), await redis.expire(key, 60)]).toEqual([1, 0]);
  });

  test('PING, INFO server with the version, and SELECT: a database of its own for each number', async () => {
    expect(await redis.ping()).toBe('PONG');
    expect(await redis.info('server')).toMatch(/^redis_version:\d+\.\d+/m);
    const other = redis.duplicate();
    expect([await other.set(key, 'here'), await other.select(1), await other.get(key)]).toEqual(['OK', 'OK', null]);
    await expect(other.select(9_999)).rejects.toThrow('ERR');
    other.disconnect();
  });

  test('AUTH with a wrong password is refused', async () => {
    const stranger = redis.duplicate();
    await expect(stranger.call('AUTH', 'nobody', 'wrong')).rejects.toThrow('WRONGPASS');
    stranger.disconnect();
  });

  test('hashes: HSET many, HMGET, HGETALL, HINCRBY, HDEL', async () => {
    expect(await redis.hset(key, { a: '1', b: '2' })).toBe(2);
    expect(await redis.hmget(key, 'a', 'x')).toEqual(['1', null]);
    expect(await redis.hincrby(key, 'a', 5)).toBe(6);
    expect(await redis.hdel(key, 'b', 'x')).toBe(1);
    expect(await redis.hgetall(key)).toEqual({ a: '6' });
  });

  test('sorted sets: a sliding window', async () => {
    await redis.zadd(key, 1, 'one', 2, 'two', 3, 'three');
    expect(await redis.zremrangebyscore(key, '-inf', '(2')).toBe(1);
    expect(await redis.zcard(key)).toBe(2);
    expect(await redis.zrange(key, 0, 0, 'WITHSCORES')).toEqual(['two', '2']);
    expect(await redis.zrangebyscore(key, 3, '+inf')).toEqual(['three']);
  });

  test('WRONGTYPE on a command for another type', async () => {
    await redis.set(key, 'text');
    await expect(redis.hget(key, 'a')).rejects.toThrow('WRONGTYPE');
  });

  test('SCAN finds every key of a pattern', async () => {
    for (const name of ['a', 'b', 'c']) await redis.set(`${key}:${name}`, name);
    const found: string[] = [];
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${key}:*`, 'COUNT', 2);
      found.push(...keys);
      cursor = next;
    } while (cursor !== '0');
    expect(found.toSorted()).toEqual([`${key}:a`, `${key}:b`, `${key}:c`]);
  });

  test('TIME is the time', async () => {
    expect(Math.abs(await skew())).toBeLessThan(real === null ? 1_000 : 60_000);
  });
});

describe('redis: scripts', () => {
  const script = `
    local now = redis.call('TIME')
    local failures = redis.call('HINCRBY', KEYS[1], 'failures', ARGV[1])
    redis.call('PEXPIRE', KEYS[1], 60000)
    if failures >= tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], 'state', 'open') end
    return { failures, redis.call('HGET', KEYS[1], 'state'), tonumber(now[1]) > 0 and 'timed' or false }`;

  test('EVAL is atomic and returns integers, strings, nil and lists', async () => {
    expect(await redis.eval(script, 1, key, 1, 2)).toEqual([1, null, 'timed']);
    expect(await redis.eval(script, 1, key, 1, 2)).toEqual([2, 'open', 'timed']);
    expect(await redis.eval('return 3.99', 0)).toBe(3);
    expect(await redis.eval('return {1, false, 2}', 0)).toEqual([1, null, 2]);
  });

  test('a script reads, writes, deletes and keeps for ever: GET, SET PX, DEL, HMGET, PERSIST', async () => {
    const lease = `local held=redis.call('GET',KEYS[1])
      if held and string.sub(held,1,#ARGV[1])~=ARGV[1] then return 0 end
      if ARGV[2]=='' then redis.call('DEL',KEYS[1]) else redis.call('SET',KEYS[1],ARGV[2],'PX',ARGV[3]) end
      return 1`;
    expect(await redis.eval(lease, 1, key, 'one', 'one x', 60_000)).toBe(1);
    expect(await redis.eval(lease, 1, key, 'two', 'two x', 60_000)).toBe(0);
    expect([await redis.get(key), (await redis.pttl(key)) > 59_000]).toEqual(['one x', true]);
    expect([await redis.eval(lease, 1, key, 'one', '', 1), await redis.exists(key)]).toEqual([1, 0]);
    const keep = `redis.call('HSET',KEYS[1],'s','x','g',string.format('%.0f',1e15))
      redis.call('PEXPIRE',KEYS[1],ARGV[1])
      local h=redis.call('HMGET',KEYS[1],'s','none','g')
      return {h[1], h[2], h[3], redis.call('PERSIST',KEYS[1])}`;
    expect(await redis.eval(keep, 1, key, 60_000)).toEqual(['x', null, '1000000000000000', 1]);
    expect(await redis.pttl(key)).toBe(-1);
  });

  test('EVALSHA: NOSCRIPT before SCRIPT LOAD, then by its SHA-1', async () => {
    const text = `return '${key}'`;
    const sha = createHash('sha1').update(text).digest('hex');
    await expect(redis.evalsha(sha, 0)).rejects.toThrow('NOSCRIPT');
    expect(await redis.script('LOAD', text)).toBe(sha);
    expect(await redis.evalsha(sha, 0)).toBe(key);
  });

  test('an error in a script reaches the caller; pcall returns it', async () => {
    await redis.set(key, 'text');
    await expect(redis.eval(`return redis.call('HGET', KEYS[1], 'a')`, 1, key)).rejects.toThrow('WRONGTYPE');
    expect(await redis.eval(`local r = redis.pcall('HGET', KEYS[1], 'a') return r['err'] and 'caught' or 'not'`, 1, key)).toBe('caught');
    await expect(redis.eval(`return redis.error_reply('MINE no')`, 0)).rejects.toThrow('MINE no');
  });

  test('cjson and cmsgpack-free JSON within a script', async () => {
    expect(await redis.eval(`return cjson.encode(cjson.decode(ARGV[1])['a'])`, 0, '{"a":[1,2]}')).toBe('[1,2]');
  });
});

describe('redis: pipelines, transactions, subscriptions', () => {
  test('a pipeline answers each command in order, errors in their place', async () => {
    const results = await redis.pipeline().set(key, 'x').hget(key, 'a').get(key).exec();
    expect(results?.map(([error, value]) => error?.message.split(' ')[0] ?? value)).toEqual(['OK', 'WRONGTYPE', 'x']);
  });

  test('MULTI and EXEC run together; WATCH gives up when the key has changed', async () => {
    expect(await redis.multi().set(key, '1').incr(key).exec()).toEqual([
      [null, 'OK'],
      [null, 2],
    ]);
    const other = redis.duplicate();
    await redis.watch(key);
    await other.set(key, '9');
    expect(await redis.multi().set(key, '3').exec()).toBeNull();
    other.disconnect();
  });

  test('PUBLISH reaches a subscriber', async () => {
    const subscriber = redis.duplicate();
    const heard = Promise.withResolvers<string>();
    subscriber.on('message', (_, message) => heard.resolve(message));
    await subscriber.subscribe(key);
    expect(await redis.publish(key, 'hello')).toBe(1);
    expect(await heard.promise).toBe('hello');
    subscriber.disconnect();
  });
});
