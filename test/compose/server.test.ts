import { afterEach, expect, test, vi } from 'vitest';
import { startServer, type Server } from '../../compose/server.ts';
import { REAP_EVERY_MS } from '../../functions/_kernel/limits.ts';
import { isReady } from '../../compose/health.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';

const env = (QDRANT_URL: string) => ({
  SERVICE_TOKEN: 'service-token-of-the-tests-0123456789',
  QDRANT_URL,
  OLLAMA_URL: 'http://127.0.0.1:1',
  OLLAMA_EMBEDDING_MODEL: 'm',
  OLLAMA_GENERATION_MODEL: 'm',
  REDIS_URL: 'redis://127.0.0.1:1',
  REDIS_TIMEOUT_MS: '200',
});
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const one of opened.splice(0).toReversed()) await one.close();
});
async function serve(functions: string[] | null, url = 'http://127.0.0.1:1'): Promise<Server> {
  const server = await startServer({ env: env(url), port: 0, host: '127.0.0.1', functions });
  opened.push(server);
  return server;
}
const codeAt = async ({ url }: Server, path: string) => {
  const response = await fetch(`${url}/api/v1/rag${path}`);
  return `${response.status} ${((await response.json()) as { code?: string }).code ?? ''}`;
};

test('a server of some functions answers for these alone', async () => {
  const some = await serve(['search', 'status']);
  expect(await codeAt(some, '/search?q=a')).toBe('401 service_token_invalid');
  expect(await codeAt(some, '/query')).toBe('404 route_not_found');
  expect(await codeAt(some, '/collections/c/reindex')).toBe('404 route_not_found');
});

test('a function that there is not is refused by name, before the port is opened', async () => {
  await expect(serve(['search', 'serach'])).rejects.toThrow(/^FUNCTIONS: there is no function serach; there are search, query/);
});

test('the reaper of ingestion comes at its interval, where ingestion is served, and not after the end', async () => {
  const asked: string[] = [];
  const qdrant = await startQdrant({ dataDir: null, log: (line) => asked.push(line) });
  opened.push(qdrant);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const reaped = () => asked.filter((line) => line.includes('/_rag_jobs/facet')).length;
  await serve(['status'], qdrant.url);
  const ingesting = await serve(['ingest'], qdrant.url);
  expect(reaped()).toBe(0);
  vi.advanceTimersByTime(REAP_EVERY_MS);
  await vi.waitFor(() => expect(reaped()).toBe(1), { timeout: 5_000 });
  await ingesting.close();
  vi.advanceTimersByTime(REAP_EVERY_MS * 3);
  await new Promise((resolve) => setImmediate(resolve));
  expect(reaped()).toBe(1);
});

test('the health check of a container is 200 of the path it asks, and nothing else', async () => {
  const { url } = await serve(null);
  const { port } = new URL(url);
  expect(await isReady('/api/v1/rag/status/health', port)).toMatchObject({ ready: true, said: expect.stringMatching(/^200 /) });
  expect(await isReady('/api/v1/rag/nothing', port)).toMatchObject({ ready: false, said: expect.stringMatching(/^404 /) });
  expect(await isReady('/', '1')).toMatchObject({ ready: false });
});
