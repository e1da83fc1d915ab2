import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../local/emulator.ts';
import { ensureEnv, readSettings, type Settings } from '../../local/settings.ts';

// Every combination of what can be down, through the gateway: the answer is the documented rung, and says exactly what it lacks.

const NAMES = ['embedder', 'writer', 'qdrant', 'redis'] as const;
type Name = (typeof NAMES)[number];
const COMBINATIONS = Array.from({ length: 2 ** NAMES.length }, (_, bits) => new Set(NAMES.filter((_name, i) => (bits >> i) & 1)));

/** The embedder and the writer live behind one address; a route tells them apart. */
async function bring(emulator: Emulator, down: ReadonlySet<Name>): Promise<void> {
  const gone = ['embedder', 'writer'].every((name) => down.has(name as Name));
  const route = gone ? '/api' : down.has('embedder') ? '~^/api/(embed|tags)' : '/api/chat';
  await emulator.ollama.faults!.set(down.has('embedder') || down.has('writer') ? { mode: 'down', route } : { mode: 'up' });
  await emulator.qdrant.faults!.set({ mode: down.has('qdrant') ? 'down' : 'up' });
  await emulator.redis.faults!.set({ mode: down.has('redis') ? 'down' : 'up' });
}

/** What the answer must say it had to do without. */
function expectedDegraded(down: ReadonlySet<Name>, operation: 'search' | 'query'): string[] {
  return [
    ...(down.has('embedder') ? ['embedding_unavailable:sparse_only'] : []),
    ...(down.has('writer') && operation === 'query' ? ['generation_unavailable:extractive'] : []),
    ...(down.has('redis') ? ['redis_unavailable:local_breakers'] : []),
  ].toSorted();
}

describe.each(['workerd', 'node'] as const)('on %s', (runtime) => {
  let emulator: Emulator;
  let settings: Settings;
  const file = join(tmpdir(), `rag-degradation-${runtime}-${process.pid}.env`);

  const ask = async (url: string, credentials: Record<string, string>, path: string, body?: unknown) => {
    const headers = { ...credentials, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${url}/api/v1/rag${path}`, init);
    const text = await response.text();
    const json = JSON.parse(text) as { degraded: string[]; hits: unknown[]; mode: string };
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text, json };
  };
  /** As a client does it. */
  const call = (path: string, body: unknown) => ask(emulator.url, { apikey: settings.apiKey }, path, body);
  /** Past the gateway, whose limit of 100 a minute would count the waiting as well. */
  const look = (path: string, body?: unknown) => {
    const credentials = {
      'x-service-token': settings.serviceToken,
      'x-consumer-custom-id': 'developer',
      'x-consumer-groups': 'reader,writer',
    };
    return ask(emulator.functions[path.slice(1).split(/[/?]/)[0]!]!, credentials, path, body);
  };
  const document = (n: number) => ({ documents: [{ id: `added-${n}`, text: `Addition number ${n} speaks of parrots.` }] });
  const question = 'How long does the breaker stay open?';

  /** Waits until nothing is degraded any more: breakers that opened are probed and close. */
  const recover = async () => {
    await bring(emulator, new Set());
    const until = Date.now() + 10_000;
    for (;;) {
      const { status, json } = await look('/query', { question });
      const written = await look('/ingest?wait=3000', { documents: [{ id: 'recovery', text: 'The recovery document.' }] });
      if (status === 200 && json.degraded.length === 0 && written.status === 200) return;
      expect(Date.now(), `not recovered: ${JSON.stringify(json)} ${written.text}`).toBeLessThan(until);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  beforeAll(async () => {
    ensureEnv(file);
    // A short recovery, so that sixteen outages and their ends fit into one test run; patience with Redis for a busy machine.
    settings = readSettings(file, { PORT: '0', BREAKER_OPEN_MS: '100', REDIS_TIMEOUT_MS: '1000' });
    emulator = await startEmulator({ settings, dataDir: null, log: () => {}, runtime });
    const text = 'The breaker stays open for thirty seconds. Then one probe is let through.';
    const { status, text: body } = await look('/ingest?wait=10000', { documents: [{ id: 'breaker', title: 'Breakers', text }] });
    expect(status, body).toBe(200);
  });
  afterAll(async () => {
    await emulator?.close();
    rmSync(file, { force: true });
  });

  it.each(COMBINATIONS.map((down, n) => ({ down, n, name: [...down].join(' and ') || 'nothing' })))(
    'with $name down, search, query and ingest give their documented rung',
    async ({ down, n }) => {
      await bring(emulator, down);

      const found = await call('/search', { query: question });
      const answered = await call('/query', { question });
      for (const [operation, { status, json, text, retryAfter }] of Object.entries({ search: found, query: answered })) {
        if (down.has('qdrant')) {
          expect(status, text).toBe(503);
          expect(json, text).toMatchObject({ code: 'dependency_unavailable', dependency: 'qdrant_search' });
          expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
        } else {
          expect(status, text).toBe(200);
          expect(json.degraded.toSorted(), text).toEqual(expectedDegraded(down, operation as 'search' | 'query'));
          expect(json.hits.length, text).toBeGreaterThan(0);
        }
      }
      if (!down.has('qdrant')) expect(answered.json.mode, answered.text).toBe(down.has('writer') ? 'extractive' : 'generated');

      const accepted = await call('/ingest', document(n));
      if (down.has('qdrant')) {
        expect(accepted.status, accepted.text).toBe(503);
        expect(accepted.json).toMatchObject({ code: 'dependency_unavailable' });
      } else {
        expect(accepted.status, accepted.text).toBe(202);
      }
      await recover();
      // What was accepted during the outage is indexed after it; what was refused left nothing behind.
      const after = await look(`/collections/default/documents/added-${n}`);
      if (down.has('qdrant')) expect(after.status, after.text).toBe(404);
      else await expect.poll(async () => (await look(`/collections/default/documents/added-${n}`)).status, { timeout: 10_000 }).toBe(200);
    },
    30_000,
  );
});
