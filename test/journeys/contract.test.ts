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

  async function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
    const response = await fetch(`${emulator.url}/api/v1/rag${path}`, init);
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
});
