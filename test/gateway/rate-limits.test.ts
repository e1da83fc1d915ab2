import { createRedisMock, type RedisMock } from 'js-redis-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../../local/gateway/gateway.ts';
import { startEcho, type Echo } from './support/echo.ts';
import { closedPort } from './support/closed-port.ts';
import { requestText, sendRaw, type Wire } from './support/wire.ts';

let echo: Echo;
let redis: RedisMock;
const gateways: Gateway[] = [];
let now = Date.UTC(2026, 4, 17, 10, 30, 20);

beforeAll(async () => {
  echo = await startEcho();
  redis = await createRedisMock();
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await redis.close();
  await echo.close();
});

async function start(config: string, options: { redisUrl?: string } = {}): Promise<Gateway> {
  const text = `_format_version: "3.0"
services:
  - name: up
    url: ${echo.url}
    routes: [{ name: r, paths: [/r], plugins: [{ name: key-auth, config: { anonymous: nobody } }] }, { name: other, paths: [/other] }]
plugins: [{ name: rate-limiting, config: { ${config} } }]
consumers:
  - { username: nobody }
  - { username: alice, keyauth_credentials: [{ key: alice-key }, { key: alice-second }] }
  - { username: bob, keyauth_credentials: [{ key: bob-key }] }
`;
  const gateway = await startGateway({ config: text, port: 0, now: () => now, log: () => {}, ...options });
  gateways.push(gateway);
  return gateway;
}

const get = (gateway: Gateway, headers: readonly (readonly [string, string])[] = [], path = '/r'): Promise<Wire> =>
  sendRaw(gateway.url, requestText('GET', path, headers));
const value = (wire: Wire, name: string): string | undefined => wire.headers.find(([key]) => key === name)?.[1];
const passed = (wires: readonly Wire[]): number => wires.filter(({ status }) => status === 200).length;
const redisAt = (): string => {
  const { host, port } = redis.addresses()[0]!;
  return `redis: { host: ${host}, port: ${port} }`;
};

describe('policy redis', () => {
  test('of 120 requests over 60 parallel connections exactly 100 pass, for each consumer', async () => {
    const gateway = await start(`minute: 100, policy: redis, ${redisAt()}`);
    for (const key of ['alice-key', 'bob-key']) {
      const wires: Wire[] = [];
      const drive = async (): Promise<void> => {
        wires.push(await get(gateway, [['apikey', key]]));
        wires.push(await get(gateway, [['apikey', key]]));
      };
      await Promise.all(Array.from({ length: 60 }, drive));
      expect(passed(wires)).toBe(100);
      expect(wires.filter(({ status }) => status === 429)).toHaveLength(20);
    }
  });

  test('two gateways share one budget, and none of them counts more than it', async () => {
    now += 60_000;
    const config = `minute: 50, policy: redis, ${redisAt()}`;
    const pair = [await start(config), await start(config)];
    const wires = await Promise.all(Array.from({ length: 80 }, (_, i) => get(pair[i % 2]!, [['apikey', 'alice-key']])));
    expect(passed(wires)).toBe(50);
  });

  test('what is rejected counts: in a longer window it uses up the budget', async () => {
    now += 3_600_000;
    const gateway = await start(`minute: 1, hour: 3, policy: redis, ${redisAt()}`);
    expect([(await get(gateway)).status, (await get(gateway)).status, (await get(gateway)).status]).toEqual([200, 429, 429]);
    now += 60_000;
    const wire = await get(gateway);
    expect(wire.status).toBe(429);
    expect(value(wire, 'X-RateLimit-Remaining-Hour')).toBe('0');
  });

  test('a file that names no Redis uses the given one; with neither the start is refused', async () => {
    const { host, port } = redis.addresses()[0]!;
    now += 60_000;
    const gateway = await start('minute: 1, policy: redis', { redisUrl: `redis://${host}:${port}` });
    expect([(await get(gateway)).status, (await get(gateway)).status]).toEqual([200, 429]);
    await expect(start('minute: 1, policy: redis')).rejects.toThrow('KONG_REDIS_URL');
  });

  test('with Redis down all pass without headers, or all get 500 when the file says so', async () => {
    const down = `redis: { host: 127.0.0.1, port: ${await closedPort()} }`;
    const tolerant = await get(await start(`minute: 1, policy: redis, ${down}`));
    expect(tolerant.status).toBe(200);
    expect(value(tolerant, 'RateLimit-Limit')).toBeUndefined();
    const strict = await get(await start(`minute: 1, policy: redis, fault_tolerant: false, ${down}`));
    expect(strict).toMatchObject({ status: 500, body: '{"message":"An unexpected error occurred"}' });
  });

  test('a Redis that comes back counts again', async () => {
    const port = await closedPort();
    const gateway = await start(`minute: 5, policy: redis, redis: { host: 127.0.0.1, port: ${port} }`);
    expect(value(await get(gateway), 'RateLimit-Limit')).toBeUndefined();
    const late = await createRedisMock({ port });
    try {
      expect(value(await get(gateway), 'RateLimit-Remaining')).toBe('4');
    } finally {
      await gateway.close();
      await late.close();
    }
  });
});

describe('windows', () => {
  test.each([
    ['second', 1_000, '1'],
    ['minute', 60_000, '40'],
    ['hour', 3_600_000, '1780'],
    ['day', 86_400_000, '48580'],
    ['month', 31 * 86_400_000, String(2_592_000 - 16 * 86_400 - 37_820)],
    ['year', 366 * 86_400_000, String(31_536_000 - 136 * 86_400 - 37_820)],
  ])('a limit by the %s is fixed to the wall clock (UTC) and ends with its window', async (period, length, reset) => {
    now = Date.UTC(2026, 4, 17, 10, 30, 20);
    const gateway = await start(`${period}: 1, policy: local`);
    const first = await get(gateway);
    const title = period[0]!.toUpperCase() + period.slice(1);
    expect(value(first, `X-RateLimit-Limit-${title}`)).toBe('1');
    expect(value(first, 'RateLimit-Reset')).toBe(reset);
    const second = await get(gateway);
    expect(second.status).toBe(429);
    expect(value(second, 'Retry-After')).toBe(reset);
    now += length;
    expect((await get(gateway)).status).toBe(200);
  });

  test('with several windows the headers show the tightest, and what is rejected locally does not count', async () => {
    now = Date.UTC(2026, 4, 17, 10, 30, 20);
    const gateway = await start('minute: 2, hour: 3, policy: local');
    const seen: (string | undefined)[] = [];
    for (let i = 0; i < 3; i += 1) seen.push(value(await get(gateway), 'X-RateLimit-Remaining-Hour'));
    expect(seen).toEqual(['2', '1', '1']);
    now += 60_000;
    const wire = await get(gateway);
    expect(wire.status).toBe(200);
    expect([value(wire, 'RateLimit-Limit'), value(wire, 'RateLimit-Remaining')]).toEqual(['3', '0']);
  });
});

describe('whom a limit is for', () => {
  const alice: readonly [string, string] = ['apikey', 'alice-key'];
  const second: readonly [string, string] = ['apikey', 'alice-second'];
  const bob: readonly [string, string] = ['apikey', 'bob-key'];
  test.each([
    ['consumer', 'limit_by: consumer', [alice], [second], false],
    ['consumer (another one)', 'limit_by: consumer', [alice], [bob], true],
    ['credential', 'limit_by: credential', [alice], [second], true],
    ['ip', 'limit_by: ip', [alice], [bob], false],
    ['service', 'limit_by: service', [alice], [bob], false],
    ['header', 'limit_by: header, header_name: X-Tenant', [['X-Tenant', 'a']], [['X-Tenant', 'b']], true],
    ['header (the same)', 'limit_by: header, header_name: X-Tenant', [['X-Tenant', 'a']], [['X-Tenant', 'a'], alice], false],
    ['path', 'limit_by: path, path: /r', [alice], [bob], false],
  ] as [string, string, [string, string][], [string, string][], boolean][])('by %s', async (_, config, first, next, passes) => {
    now += 86_400_000;
    const gateway = await start(`minute: 1, policy: local, ${config}`);
    expect((await get(gateway, first)).status).toBe(200);
    expect((await get(gateway, next)).status).toBe(passes ? 200 : 429);
  });

  test('by path: another path is limited by address', async () => {
    now += 86_400_000;
    const gateway = await start('minute: 1, policy: local, limit_by: path, path: /r');
    expect((await get(gateway, [], '/r')).status).toBe(200);
    expect((await get(gateway, [], '/other')).status).toBe(200);
    expect((await get(gateway, [], '/other/more')).status).toBe(429);
  });

  test('a rejection can have another status and message, and hide the headers', async () => {
    now += 86_400_000;
    const gateway = await start('minute: 1, policy: local, error_code: 503, error_message: slow down, hide_client_headers: true');
    await get(gateway);
    const wire = await get(gateway);
    expect(wire.status).toBe(503);
    expect(JSON.parse(wire.body)).toMatchObject({ message: 'slow down' });
    expect(wire.headers.filter(([name]) => /ratelimit|retry/i.test(name))).toEqual([]);
  });
});
