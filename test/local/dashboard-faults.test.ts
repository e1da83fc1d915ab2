import { describe, expect, test } from 'vitest';
import { faultRoutes } from '../../local/dashboard-faults.ts';
import { faultState } from '../../local/faults.ts';

// The one thing on the dashboard's port that changes anything: only its own page gets there, and only for an admin.

const ORIGIN = 'http://localhost:3103';
const shown: Headers[] = [];
function routes(status = 405) {
  const redis = faultState({});
  const app = faultRoutes({
    origin: ORIGIN,
    gatewayUrl: 'http://127.0.0.1:8000',
    standIns: { redis, qdrant: faultState({}), ollama: null },
    ask: async (_, init) => {
      shown.push(new Headers(init?.headers));
      return new Response(null, { status });
    },
  });
  const send = (path: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}) =>
    app.request(`${ORIGIN}/emulator/faults${path}`, {
      ...init,
      headers: {
        host: 'localhost:3103',
        origin: ORIGIN,
        'x-rag-dashboard': '1',
        ...(init.headers?.['authorization'] === undefined && { apikey: 'key' }),
        ...init.headers,
      },
    });
  return { redis, send };
}
const DOWN = { method: 'POST', body: '{"mode":"down"}' };

test('an admin on the page breaks and mends a stand-in', async () => {
  const { redis, send } = routes();
  const broken = await send('/redis', DOWN);
  expect([broken.status, await broken.json()]).toEqual([200, { redis: { mode: 'down' }, qdrant: { mode: 'up' }, ollama: null }]);
  expect(redis.current()).toEqual({ mode: 'down' });
  await send('/redis', { method: 'POST', body: '{"mode":"up"}' });
  expect(await (await send('')).json()).toMatchObject({ redis: { mode: 'up' } });
});

describe('403, and nothing is broken:', () => {
  test.each<[string, Record<string, string>]>([
    ['a foreign page that sends a form', { origin: 'https://elsewhere.test' }],
    ['a page without an origin', { origin: 'null' }],
    ['a name that was bound to the loopback (DNS rebinding)', { host: 'elsewhere.test:3103' }],
    ['a page on another port of this machine', { origin: 'http://localhost:9999' }],
  ])('%s', async (_, headers) => {
    const { redis, send } = routes();
    expect((await send('/redis', { ...DOWN, headers })).status).toBe(403);
    expect((await send('', { headers })).status).toBe(403);
    expect(redis.current()).toEqual({ mode: 'up' });
  });

  test('a request that any page could send without asking first', async () => {
    const { redis } = routes();
    const app = faultRoutes({ origin: ORIGIN, gatewayUrl: 'http://g', standIns: { redis, qdrant: null, ollama: null } });
    const plain = { host: 'localhost:3103', origin: ORIGIN, 'content-type': 'text/plain' };
    expect((await app.request(`${ORIGIN}/emulator/faults/redis`, { ...DOWN, headers: plain })).status).toBe(403);
    expect((await app.request(`${ORIGIN}/emulator/faults/redis`, { method: 'OPTIONS', headers: plain })).status).toBe(403);
    expect(redis.current()).toEqual({ mode: 'up' });
  });

  test.each([401, 403, 429, 500, 200])('somebody to whom the gateway answers %i', async (status) => {
    const { redis, send } = routes(status);
    expect((await send('/redis', DOWN)).status).toBe(403);
    expect(redis.current()).toEqual({ mode: 'up' });
  });
});

test('the gateway is shown the credential and nothing else', async () => {
  shown.length = 0;
  await routes().send('', { headers: { cookie: 'a=b' } });
  const { send } = routes();
  await send('', { headers: { authorization: 'Bearer token', cookie: 'a=b' } });
  expect(shown.map((headers) => Object.fromEntries(headers))).toEqual([
    { accept: 'application/json', apikey: 'key' },
    { accept: 'application/json', authorization: 'Bearer token' },
  ]);
});

test('what cannot be done is said', async () => {
  const { send } = routes();
  expect((await send('/kong', DOWN)).status).toBe(404);
  expect((await send('/ollama', DOWN)).status).toBe(409);
  const wrong = await send('/redis', { method: 'POST', body: '{"mode":"sideways"}' });
  expect([wrong.status, await wrong.json()]).toEqual([400, { error: expect.stringContaining('mode: must be one of') }]);
});
