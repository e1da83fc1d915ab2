import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../local/emulator.ts';
import { openApiDocument } from '../../local/openapi/document.ts';
import { ensureEnv, readSettings } from '../../local/settings.ts';
import { conformance } from '../functions/conformance.ts';

// The document as a caller meets it: it is served by the gateway, and what the gateway itself answers stands in it too.

const { problemsOf } = conformance(openApiDocument('0'));

describe.each(['workerd', 'node'] as const)('on %s', (runtime) => {
  const folder = mkdtempSync(join(tmpdir(), 'contract-'));
  let emulator: Emulator;
  let apiKey = '';

  beforeAll(async () => {
    const file = join(folder, '.env');
    ensureEnv(file);
    const settings = readSettings(file, { PORT: '0' });
    apiKey = settings.apiKey;
    emulator = await startEmulator({ settings, dataDir: null, log: () => {}, runtime });
  }, 120_000);
  afterAll(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask(
    path: string,
    { base = '/api/v1/rag', ...init }: RequestInit & { base?: string; headers?: Record<string, string> } = {},
  ) {
    const response = await fetch(`${emulator.url}${base}${path}`, init);
    const body = await response.text();
    const seen = {
      method: init.method ?? 'GET',
      path,
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body,
      gateway: true,
    } as const;
    expect(problemsOf(seen), `${path} ${response.status} ${body.slice(0, 500)}`).toEqual([]);
    return seen;
  }

  test('GET /openapi.json and GET /docs are open, and a key that comes along is no matter', async () => {
    const { status, body } = await ask('/openapi.json');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ openapi: '3.1.1', servers: [{ url: '/api/v1/rag' }] });
    const page = await ask('/docs', { headers: { apikey: 'wrong' } });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page.headers['ratelimit-limit']).toBe('300');
  });

  test('what the gateway answers itself stands in the document: 401, 413; and what the functions answer through it', async () => {
    const json = { 'content-type': 'application/json' };
    const key = { apikey: apiKey };
    expect((await ask('/search?q=a')).status).toBe(401);
    expect((await ask('/collections', { headers: { apikey: 'x'.repeat(32) } })).status).toBe(401);
    const large = JSON.stringify({ query: 'x'.repeat(1_100_000) });
    expect((await ask('/search', { method: 'POST', headers: { ...key, ...json }, body: large })).status).toBe(413);
    expect((await ask('/search?q=a', { headers: key })).status).toBe(404);
    expect((await ask('/search?q=a&limit=0', { headers: key })).status).toBe(400);
    expect((await ask('/status/health')).status).toBe(200);
    expect((await ask('/status', { headers: key })).status).toBe(200);
    expect((await ask('/nothing', { headers: key })).status).toBe(404);
    expect((await ask('/collections', { headers: key })).status).toBe(200);
  });

  test('and what it answers before it knows whom it asks: a head that is too long, a path that cannot be read', async () => {
    const key = { apikey: apiKey };
    expect((await ask(`/search?q=${'x'.repeat(9_000)}`, { headers: key })).status).toBe(414);
    expect((await ask('/collections', { headers: { ...key, traceparent: 'x'.repeat(9_000) } })).status).toBe(400);
    expect((await ask('/collections/a%00b', { headers: key })).status).toBe(400);
  });

  test('below /v1 as well: its own refusals keep its own words', async () => {
    const at = { base: '/v1', headers: { apikey: apiKey } };
    expect((await ask('/models', { base: '/v1' })).body).toContain('"message":"Unauthorized"');
    expect((await ask('/models', at)).status).toBe(200);
    expect((await ask('/models/nobody', at)).status).toBe(404);
    const json = { ...at.headers, 'content-type': 'application/json' };
    const large = JSON.stringify({ model: 'a', messages: [{ role: 'user', content: 'x'.repeat(1_100_000) }] });
    expect((await ask('/chat/completions', { base: '/v1', method: 'POST', headers: json, body: large })).status).toBe(413);
  });
});
