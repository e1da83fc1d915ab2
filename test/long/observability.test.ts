import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { startServer } from '../../compose/server.ts';
import { render } from '../../gateway/render.ts';
import { startGateway } from '../../local/gateway/gateway.ts';
import { startStatusListener } from '../../local/gateway/status.ts';
import { startOllama } from '../../local/ollama/ollama.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { startRedis } from '../../local/redis/redis.ts';
import { testValues } from '../gateway/support/values.ts';
import { freePort } from './free-port.ts';

// Debian's Prometheus, with the configuration and the rules of compose/observability, scrapes the running functions and gateway.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OBSERVABILITY = join(ROOT, 'compose/observability');
const SERVICE_TOKEN = 'service-token-of-the-long-tests-0123456789';
const folder = mkdtempSync(join(tmpdir(), 'observability-'));

type Panel = { title: string; type: string; targets?: { expr: string }[] };
const dashboard = JSON.parse(readFileSync(join(OBSERVABILITY, 'grafana/dashboards/rag.json'), 'utf8')) as { panels: Panel[] };
const PANELS = dashboard.panels.filter(({ type }) => type !== 'row');

const opened: { close(): Promise<unknown> }[] = [];
const keep = <T extends { close(): Promise<unknown> }>(one: T): T => {
  opened.push(one);
  return one;
};
let prometheus: ChildProcess | null = null;
let prometheusUrl = '';
let gatewayUrl = '';
let apiKey = '';
let functionsUrl = '';
let ollama: Awaited<ReturnType<typeof startOllama>>;

beforeAll(async () => {
  const redis = keep(await startRedis());
  const qdrant = keep(await startQdrant({ dataDir: null }));
  ollama = keep(await startOllama());
  const env = {
    SERVICE_TOKEN,
    QDRANT_URL: qdrant.url,
    OLLAMA_URL: ollama.url,
    REDIS_URL: redis.url,
    OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
    OLLAMA_GENERATION_MODEL: 'emulated-extract',
    CACHE_TTL_SECONDS: '60',
  };
  functionsUrl = keep(await startServer({ env, port: 0, host: '127.0.0.1' })).url;
  const redisAt = new URL(redis.url);
  const { values } = testValues(functionsUrl, { host: redisAt.hostname, port: Number(redisAt.port) });
  apiKey = values['DECK_API_KEY']!;
  const config = render(readFileSync(join(ROOT, 'gateway/kong.yml'), 'utf8'), values);
  const gateway = keep(await startGateway({ config, port: 0, log: () => {} }));
  gatewayUrl = gateway.url;
  const kong = keep(await startStatusListener(0, '127.0.0.1', () => gateway.metrics()));

  // As in the containers, but for addresses, the pace, and Redis' exporter, which is another image.
  const scraping = parse(readFileSync(join(OBSERVABILITY, 'prometheus.yml'), 'utf8')) as {
    global: object;
    rule_files: string[];
    scrape_configs: { job_name: string; authorization?: object; static_configs: object[] }[];
  };
  const targets: Record<string, string> = { functions: functionsUrl, kong: kong.url, qdrant: qdrant.url };
  writeFileSync(join(folder, 'token'), SERVICE_TOKEN);
  const own = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: scraping.rule_files.map((file) => join(OBSERVABILITY, file)),
    scrape_configs: scraping.scrape_configs
      .filter(({ job_name }) => targets[job_name] !== undefined)
      .map((job) => ({
        ...job,
        ...(job.authorization !== undefined && { authorization: { ...job.authorization, credentials_file: join(folder, 'token') } }),
        static_configs: [{ targets: [new URL(targets[job.job_name]!).host] }],
      })),
  };
  writeFileSync(join(folder, 'prometheus.yml'), stringify(own));
  const port = await freePort();
  prometheusUrl = `http://127.0.0.1:${port}`;
  const flags = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`];
  prometheus = spawn('prometheus', flags, { stdio: 'ignore' });
  prometheus.once('error', (error) => console.error(`Debian's package prometheus is needed here: ${error.message}`));
  await vi.waitFor(async () => expect((await fetch(`${prometheusUrl}/-/ready`)).ok).toBe(true), { timeout: 20_000, interval: 100 });
}, 60_000);

afterAll(async () => {
  if (prometheus?.exitCode === null) {
    const gone = once(prometheus, 'exit');
    prometheus.kill();
    await gone;
  }
  for (const one of opened.toReversed()) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

const trusted = { 'x-service-token': SERVICE_TOKEN, 'x-consumer-custom-id': 'load', 'x-consumer-groups': 'reader,writer,admin' };
const post = async (path: string, body: object) =>
  (
    await fetch(`${functionsUrl}/api/v1/rag${path}`, {
      method: 'POST',
      headers: { ...trusted, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).text();

type Result = { metric: Record<string, string>; value: [number, string] };
async function evaluate(expression: string): Promise<Result[]> {
  const query = expression.replaceAll('$__range', '1m');
  const response = await fetch(`${prometheusUrl}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
  const body = (await response.json()) as { status: string; error?: string; data: { result: Result[] } };
  expect(body.status, `${expression}: ${body.error}`).toBe('success');
  return body.data.result;
}

/** Everything that the dashboard shows, over and over: work, repetition, refusals, a writer and an embedder that fail, a caller over its limit. */
async function load(seconds: number): Promise<void> {
  const until = Date.now() + seconds * 1000;
  for (let round = 0; Date.now() < until; round++) {
    await post('/ingest?wait=5000', { documents: [{ id: `round-${round}`, text: `Parrot number ${round} speaks of circuit breakers.` }] });
    await post('/query', { question: 'What does parrot number 1 speak of?' });
    await post('/query', { question: 'What does parrot number 1 speak of?' });
    await post('/query', { question: 'Who won the regatta of Cowes?' });
    await post('/search', { query: `breakers ${round}` });
    if (round === 3) await ollama.faults.set({ mode: 'error' });
    await Promise.all(
      Array.from({ length: 30 }, async () =>
        (await fetch(`${gatewayUrl}/api/v1/rag/search?q=breakers`, { headers: { apikey: apiKey } })).text(),
      ),
    );
    if (round === 6) await ollama.faults.clear();
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

describe('under load', () => {
  beforeAll(async () => {
    // Counters grow from what the first scrape saw: what happens before it, `increase()` cannot know.
    await vi.waitFor(async () => expect(await evaluate('min by (job) (up) == 1')).toHaveLength(3), { timeout: 20_000, interval: 200 });
    await load(20);
  }, 90_000);

  test.each(PANELS.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)))(
    'the panel “%s” shows data: %s',
    async (_title, expression) => {
      const result = await evaluate(expression);
      expect(result.length).toBeGreaterThan(0);
      expect(result.some(({ value }) => Number.isFinite(Number(value[1])))).toBe(true);
    },
  );

  test('every rule can be evaluated', async () => {
    const response = await fetch(`${prometheusUrl}/api/v1/rules`);
    const { data } = (await response.json()) as { data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] } };
    const rules = data.groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThanOrEqual(10);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  });
});

test('the rules fire for what they are about, and only for it', () => {
  const said = execFileSync('promtool', ['test', 'rules', join(ROOT, 'test/long/alerts.yml')], { encoding: 'utf8' });
  expect(said).toContain('SUCCESS');
});

test('every rule has a sentence on what to do', () => {
  const { groups } = parse(readFileSync(join(OBSERVABILITY, 'alerts.yml'), 'utf8')) as {
    groups: { rules: { alert: string; annotations: { action: string; summary: string } }[] }[];
  };
  for (const { alert, annotations } of groups.flatMap(({ rules }) => rules)) expect(annotations.action, alert).toMatch(/^.{40,}[.?]$/s);
});
