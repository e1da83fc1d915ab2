import { connect } from 'node:net';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from '../../local/redis/redis.ts';

// How the stand-in fails: with the replies of Redis itself (src/server.c, src/networking.c).

/** All that a connection answers to these bytes until it ends. */
const raw = async (url: string, sent: string): Promise<string> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(sent);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
};
const stand = async () => {
  const waited: number[] = [];
  const one = await startRedis({ wait: async (ms) => void waited.push(ms) });
  const client = new Redis(one.url, { maxRetriesPerRequest: 0, retryStrategy: () => 20, enableOfflineQueue: true });
  client.on('error', () => undefined);
  return { ...one, client, waited, end: async () => (client.disconnect(), one.close()) };
};

test('error: every command is answered LOADING, pipelines included', async () => {
  const { client, faults, end } = await stand();
  await client.set('a', '1');
  await faults.set({ mode: 'error' });
  await expect(client.get('a')).rejects.toThrow('LOADING');
  const results = await client.pipeline().get('a').get('a').exec();
  expect(results?.map(([error]) => error?.message.split(' ')[0])).toEqual(['LOADING', 'LOADING']);
  await faults.clear();
  expect(await client.get('a')).toBe('1');
  await end();
});

test('slow: a command waits, and a route limits it to one command', async () => {
  const { client, faults, waited, end } = await stand();
  await client.ping();
  await faults.set({ mode: 'slow', delayMs: 70, route: '/get' });
  await client.get('a');
  await client.set('a', '1');
  expect(waited).toEqual([70]);
  await client.pipeline().get('a').get('a').exec();
  expect(waited).toEqual([70, 70]);
  await end();
});

test('each command of a pipeline meets the fault by itself, and one that comes in many pieces meets it once', async () => {
  const { client, faults, end } = await stand();
  await client.ping();
  await faults.set({ mode: 'error', route: '/set' });
  const results = await client.pipeline().get('z').set('z', '1').get('z').set('z', '2').ping().exec();
  expect(results?.map(([error, value]) => error?.message.split(' ')[0] ?? value)).toEqual([null, 'LOADING', null, 'LOADING', 'PONG']);
  const large = 'x*1\r\n$3\r\n'.repeat(50_000);
  await expect(client.set('a', large)).rejects.toThrow('LOADING');
  await faults.set({ mode: 'error', route: '/get' });
  expect(await client.set('a', large)).toBe('OK');
  await faults.clear();
  expect(await client.get('a')).toBe(large);
  await end();
});

test('oom: what needs memory is refused, in scripts too; reading and deleting go on', async () => {
  const { client, faults, end } = await stand();
  await client.set('a', '1');
  await faults.set({ mode: 'oom' });
  const says = "OOM command not allowed when used memory > 'maxmemory'.";
  await expect(client.set('b', '1')).rejects.toThrow(says);
  await expect(client.hset('h', 'a', '1')).rejects.toThrow(says);
  await expect(client.eval(`return redis.call('SET', KEYS[1], '1')`, 1, 'b')).rejects.toThrow(says);
  expect(await client.eval(`return redis.call('GET', KEYS[1])`, 1, 'a')).toBe('1');
  await expect(client.multi().set('b', '1').exec()).rejects.toThrow('EXECABORT');
  expect([await client.get('a'), await client.del('a')]).toEqual(['1', 1]);
  await faults.set({ mode: 'oom', route: '/hset' });
  expect(await client.set('b', '1')).toBe('OK');
  await end();
});

test('full: the connection is told that there are too many, and closed', async () => {
  const { url, faults, end } = await stand();
  await faults.set({ mode: 'full' });
  expect(await raw(url, '*1\r\n$4\r\nPING\r\n')).toBe('-ERR max number of clients reached\r\n');
  await faults.clear();
  expect(await raw(url, 'PING\r\nQUIT\r\n')).toBe('+PONG\r\n+OK\r\n');
  await end();
});

test('cut: half of the reply arrives, and the connection ends', async () => {
  const { url, client, faults, end } = await stand();
  await client.set('a', '0123456789');
  await faults.set({ mode: 'cut', route: '/get' });
  expect(await raw(url, 'PING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n')).toBe('+PONG\r\n$10\r\n012');
  await end();
});

test('a share strikes that part of the commands', async () => {
  const draws = [0.1, 0.3, 0.29];
  const one = await startRedis({ random: () => draws.shift() ?? 1 });
  await one.faults.set({ mode: 'error', share: 0.3 });
  expect((await raw(one.url, 'PING\r\nPING\r\nPING\r\nQUIT\r\n')).split('\r\n').map((line) => line.split(' ')[0])).toEqual([
    '-LOADING',
    '+PONG',
    '-LOADING',
    '+OK',
    '',
  ]);
  await one.close();
});

test('what is no command ends the connection, after an answer to those before it', async () => {
  const { url, end } = await stand();
  expect(await raw(url, 'PING\r\n*1\r\n!\r\n')).toMatch(/^\+PONG\r\n-ERR Protocol error: .*\r\n$/);
  await end();
});

test('down: connections end and are refused, and up has the data still', async () => {
  const { client, faults, end } = await stand();
  await client.set('a', '1');
  await faults.set({ mode: 'down' });
  await expect(client.get('a')).rejects.toThrow();
  await faults.clear();
  await expect.poll(() => client.get('a').catch(() => null)).toBe('1');
  await end();
});
