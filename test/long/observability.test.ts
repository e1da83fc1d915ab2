import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { closeRedisPool, openRedis } from '../../functions/_kernel/upstreams/redis.node.ts';
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
const METRICS_TOKEN = 'metrics-token-of-the-long-tests-0123456789';
const QDRANT_API_KEY = 'key-of-the-long-tests';
/** As many as in the containers would show the same; each is a process, for counters are a process's own. */
const REPLICAS = 2;
const folder = mkdtempSync(join(tmpdir(), 'observability-'));

type Panel = { title: string; type: string; targets?: { expr: string; format?: string; instant?: boolean }[] };
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
const replicas: { url: string; process: ChildProcess }[] = [];
let redis: Awaited<ReturnType<typeof startRedis>>;
let ollama: Awaited<ReturnType<typeof startOllama>>;

beforeAll(async () => {
  redis = keep(await startRedis());
  const qdrant = keep(await startQdrant({ dataDir: null, apiKey: QDRANT_API_KEY }));
  ollama = keep(await startOllama());
  const env = {
    SERVICE_TOKEN,
    METRICS_TOKEN,
    QDRANT_URL: qdrant.url,
    QDRANT_API_KEY,
    OLLAMA_URL: ollama.url,
    REDIS_URL: redis.url,
    OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
    OLLAMA_GENERATION_MODEL: 'emulated-extract',
    CACHE_TTL_SECONDS: '60',
  };
  for (let i = 0; i < REPLICAS; i++) {
    const process = fork(fileURLToPath(new URL('function-process.ts', import.meta.url)), {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [url] = (await once(process, 'message')) as [string];
    replicas.push({ url, process });
  }
  // What a round of the reaper leaves: none comes in the time that this takes.
  await openRedis(redis.url, 5_000).send([['SET', 'jobs:{rag}:open', '1 2']]);
  const redisAt = new URL(redis.url);
  const { values } = testValues(replicas[0]!.url, { host: redisAt.hostname, port: Number(redisAt.port) });
  apiKey = values['DECK_API_KEY']!;
  const config = render(readFileSync(join(ROOT, 'gateway/kong.yml'), 'utf8'), values);
  const gateway = keep(await startGateway({ config, port: 0, log: () => {} }));
  gatewayUrl = gateway.url;
  const kong = keep(await startStatusListener(0, '127.0.0.1', () => gateway.metrics()));

  // As in the containers, but for addresses, the pace, and Redis' exporter, which is another image.
  type Job = { job_name: string; authorization?: { credentials_file: string }; dns_sd_configs?: unknown; static_configs?: unknown };
  const scraping = parse(readFileSync(join(OBSERVABILITY, 'prometheus.yml'), 'utf8')) as { rule_files: string[]; scrape_configs: Job[] };
  const targets: Record<string, string[]> = { functions: replicas.map(({ url }) => url), kong: [kong.url], qdrant: [qdrant.url] };
  writeFileSync(join(folder, 'metrics_token'), METRICS_TOKEN);
  writeFileSync(join(folder, 'qdrant_api_key'), QDRANT_API_KEY);
  const own = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: scraping.rule_files.map((file) => join(OBSERVABILITY, file)),
    scrape_configs: scraping.scrape_configs
      .filter(({ job_name }) => targets[job_name] !== undefined)
      .map((job) => {
        const { dns_sd_configs: _, authorization, ...rest } = job;
        const shown = authorization && { ...authorization, credentials_file: join(folder, basename(authorization.credentials_file)) };
        const hosts = targets[job.job_name]!.map((url) => new URL(url).host);
        return { ...rest, ...(shown !== undefined && { authorization: shown }), static_configs: [{ targets: hosts }] };
      }),
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
  for (const { process } of replicas) process.kill();
  closeRedisPool();
  for (const one of opened.toReversed()) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

const trusted = { 'x-service-token': SERVICE_TOKEN, 'x-consumer-custom-id': 'load', 'x-consumer-groups': 'reader,writer,admin' };
/** Asks the replicas in turn, as the gateway does. */
let asked = 0;
const post = async (path: string, body: object) =>
  (
    await fetch(`${replicas[asked++ % REPLICAS]!.url}/api/v1/rag${path}`, {
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

/** What is nothing although all is well, and why. */
const NOTHING: Record<string, string> = {
  'Requests that fail (5xx)': 'without its writer or embedder the service answers with less, and does not fail',
  'Qdrant: shards that lack a copy': 'a single node has every copy that it should have',
};
/** What is not here to be measured: Redis' exporter is another image, and only a cluster has peers. */
const ELSEWHERE = /^(?:min\(redis_up\)|redis_memory_\w+( > 0)?|rate\(redis_evicted_keys_total\[5m\]\)|max\(cluster_peers_total\))$/;

describe('under load', () => {
  beforeAll(async () => {
    // Counters grow from what the first scrape saw: what happens before it, `increase()` cannot know.
    await vi.waitFor(async () => expect(await evaluate('min by (job) (up) == 1')).toHaveLength(3), { timeout: 20_000, interval: 200 });
    await load(20);
  }, 90_000);

  test.each(PANELS.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)))(
    'the panel “%s” shows what happened: %s',
    async (title, expression) => {
      const values = (await evaluate(expression)).map(({ value }) => Number(value[1]));
      if (ELSEWHERE.test(expression)) return expect(values).toEqual([]);
      expect(values.length).toBeGreaterThan(0);
      if (NOTHING[title] !== undefined)
        return expect(
          values.filter((value) => value !== 0),
          NOTHING[title],
        ).toEqual([]);
      expect(
        values.some((value) => Number.isFinite(value) && value > 0),
        JSON.stringify(values),
      ).toBe(true);
    },
  );

  test('a table is asked for one moment, as a table', () => {
    const tables = PANELS.filter(({ type }) => type === 'table');
    expect(tables.length).toBeGreaterThan(0);
    for (const { targets = [] } of tables) expect(targets).toEqual(targets.map((one) => ({ ...one, format: 'table', instant: true })));
  });

  test('every replica is scraped, and what they did is counted once', async () => {
    expect(await evaluate('up{job="functions"} == 1')).toHaveLength(REPLICAS);
    // A route that the load does not take, so that nothing of before is still to be scraped.
    for (let i = 0; i < 10; i++) await (await fetch(`${replicas[i % REPLICAS]!.url}/api/v1/rag/collections`, { headers: trusted })).text();
    const counted = async () => (await evaluate('sum(rag_http_requests_total{route="/api/v1/rag/collections"})'))[0]?.value[1];
    await vi.waitFor(async () => expect(await counted()).toBe('10'), { timeout: 10_000, interval: 200 });
  });

  test('a Redis that dies takes no counter with it: what happens meanwhile is seen meanwhile', async () => {
    await redis.faults.set({ mode: 'down' });
    const seen = async () => {
      const [up, away] = [await evaluate('min(rag_redis_up)'), await evaluate('sum(increase(rag_http_requests_total[5s]))')];
      return [up[0]?.value[1], Number(away[0]?.value[1]) > 0];
    };
    await vi.waitFor(
      async () => {
        await post('/search', { query: 'while it is away' });
        expect(await seen()).toEqual(['0', true]);
      },
      { timeout: 15_000, interval: 200 },
    );
    await redis.faults.clear();
  });

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

describe('every rule', () => {
  const { groups } = parse(readFileSync(join(OBSERVABILITY, 'alerts.yml'), 'utf8')) as {
    groups: { rules: { alert: string; annotations: { action: string; summary: string } }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);

  test('has a sentence on what to do', () => {
    for (const { alert, annotations } of rules) expect(annotations.action, alert).toMatch(/^.{40,}[.?]$/s);
  });

  test('is seen to fire, and to be silent', () => {
    const { tests } = parse(readFileSync(join(ROOT, 'test/long/alerts.yml'), 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const tried = tests.flatMap((one) => one.alert_rule_test);
    const names = rules.map(({ alert }) => alert).toSorted();
    const ofThose = (fires: boolean) =>
      [...new Set(tried.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname))].toSorted();
    expect(ofThose(true)).toEqual(names);
    expect(ofThose(false)).toEqual(names);
  });
});
