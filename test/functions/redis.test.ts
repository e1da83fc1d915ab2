import { openRedis } from '#redis';
import { afterEach, expect, test } from 'vitest';
import { UpstreamFault } from '../../functions/_kernel/failure.ts';
import { RedisError, type Redis } from '../../functions/_kernel/upstreams/redis.ts';
import { useWorld } from './world.ts';

// The same suite on both clients: pooled ioredis on Node, a socket of the platform in workerd.

const world = useWorld();
const open: Redis[] = [];
const connect = (address = world.urls.redis) => {
  const redis = openRedis(address);
  open.push(redis);
  return redis;
};
// The stand-in knows no ECHO; a script says the same.
const echo = (text: string) => ['EVAL', 'return ARGV[1]', 0, text];
const PATIENT = { timeoutMs: 2_000 };
afterEach(async () => {
  await Promise.all(open.splice(0).map((redis) => redis.close()));
  await world.mend();
});

test('a pipeline is answered in order, an error of one command beside the replies of the others', async () => {
  const replies = await connect().send(
    [
      ['SET', 'k', 'väl ue'],
      ['INCR', 'k'],
      ['GET', 'k'],
      ['GET', 'nothing'],
      ['INCR', 'n'],
    ],
    PATIENT,
  );
  expect(replies).toEqual(['OK', expect.any(RedisError), 'väl ue', null, 1]);
});

test('several exchanges at once each get their own replies', async () => {
  const redis = connect();
  const texts = Array.from({ length: 20 }, (_, i) => `message ${i}`);
  expect(await Promise.all(texts.map(async (text) => (await redis.send([echo(text)], PATIENT))[0]))).toEqual(texts);
});

test('nested arrays, numbers and nil come as such', async () => {
  const script = "return {1, 'two', false, {3, {}}}";
  expect(await connect().send([['EVAL', script, 0]], PATIENT)).toEqual([[1, 'two', null, [3, []]]]);
});

test('no answer in time is a timeout, in that time; the next exchange is not given the late reply', async () => {
  const redis = connect();
  await redis.send([['PING']], PATIENT);
  await world.fault('redis', { mode: 'slow', delayMs: 400 });
  const started = performance.now();
  const late = await redis.send([echo('late')], { timeoutMs: 100 }).catch((error: unknown) => error);
  expect(performance.now() - started).toBeLessThan(390);
  expect(late).toBeInstanceOf(UpstreamFault);
  expect(late).toMatchObject({ dependency: 'redis', fault: { kind: 'timeout' } });
  await world.fault('redis', { mode: 'up' });
  expect(await redis.send([echo('next')], PATIENT)).toEqual(['next']);
});

test('a refused connection is a fault, soon', async () => {
  await world.fault('redis', { mode: 'down' });
  const fault = await connect()
    .send([['PING']], PATIENT)
    .catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(UpstreamFault);
  expect(fault).toMatchObject({ dependency: 'redis', fault: { kind: 'connection' } });
});

test('the database of the address is the one that is used', async () => {
  await connect(`${world.urls.redis}/3`).send([['SET', 'where', 'three']], PATIENT);
  expect(
    await connect().send(
      [
        ['GET', 'where'],
        ['SELECT', 3],
        ['GET', 'where'],
        ['SELECT', 0],
      ],
      PATIENT,
    ),
  ).toEqual([null, 'OK', 'three', 'OK']);
});

test('credentials that are refused fail the exchange, and are not repeated in its message', async () => {
  const address = world.urls.redis.replace('redis://', 'redis://somebody:a-secret@');
  const fault = await connect(address)
    .send([['PING']], PATIENT)
    .catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(UpstreamFault);
  expect(String(fault)).not.toContain('a-secret');
});

test('closing is harmless to repeat', async () => {
  const redis = connect();
  await redis.send([['PING']], PATIENT);
  await redis.close();
  await redis.close();
});

test('an exchange that names no time is given that of its connection', async () => {
  const [hasty, patient] = [openRedis(world.urls.redis, 100), openRedis(world.urls.redis, 5_000)];
  open.push(hasty, patient);
  await patient.send([['PING']]);
  await world.fault('redis', { mode: 'slow', delayMs: 300 });
  expect(await hasty.send([echo('late')]).catch((error: unknown) => error)).toMatchObject({ fault: { kind: 'timeout' } });
  expect(await patient.send([echo('in time')])).toEqual(['in time']);
});
