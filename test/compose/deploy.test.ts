import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { planDeploy, type Stage, type WranglerFile } from '../../compose/deploy/plan.ts';
import { secretsOf, type Ran } from '../../compose/deploy/wrangler.ts';
import { grown, PAGE_BYTES_MAX, readSizes, weigh } from '../../compose/sizes.ts';
import { ROOT } from '../../local/bundle.ts';

const file = parse(readFileSync(`${ROOT}wrangler.toml`, 'utf8')) as unknown as WranglerFile;
const reachable = { QDRANT_URL: 'https://qdrant.example', OLLAMA_URL: 'https://ollama.example' };
const plan = (fn: string, stage: Stage, values: Record<string, string> = reachable, from = file) =>
  planDeploy(from, fn, stage, values, '/root/');

describe('what a function is deployed as', () => {
  test('in production the Worker of wrangler.toml, with its flags, bindings and triggers and the addresses of the stage', () => {
    const { name, config, problems } = plan('ingest', 'production');
    expect(problems).toEqual([]);
    expect(name).toBe('rag-ingest');
    expect(config).toMatchObject({
      name: 'rag-ingest',
      main: '/root/functions/ingest/worker.ts',
      compatibility_date: file['compatibility_date'],
      compatibility_flags: file['compatibility_flags'],
      services: [{ binding: 'SELF', service: 'rag-ingest' }],
      triggers: { crons: ['*/5 * * * *'] },
      vars: reachable,
    });
  });

  test('in staging a Worker of its own, bound to the Worker of staging', () => {
    const { name, config } = plan('ingest', 'staging');
    expect(name).toBe('rag-ingest-staging');
    expect(config['services']).toEqual([{ binding: 'SELF', service: 'rag-ingest-staging' }]);
  });

  test.each(Object.keys(file.env))('%s alone: nothing of another function is in it', (fn) => {
    const { services: _, ...own } = plan(fn, 'production').config; // a binding names a function, and brings nothing of it along
    const text = JSON.stringify(own);
    const others = Object.entries(file.env).filter(([other]) => other !== fn);
    for (const [, { name, main }] of others) for (const part of [`"${name}"`, main]) expect(text).not.toContain(part);
    expect(text).not.toContain('"env"');
  });

  test('paths of wrangler.toml hold good although the configuration lies elsewhere', () => {
    const search = { ...file.env['search']!, assets: { binding: 'ASSETS', directory: './dist/page' } };
    const { config } = plan('search', 'production', reachable, { ...file, env: { ...file.env, search } });
    expect(config).toMatchObject({ assets: { binding: 'ASSETS', directory: '/root/dist/page' }, main: '/root/functions/search/worker.ts' });
    for (const path of Object.values(config['alias'] as Record<string, string>)) expect(path).toMatch(/^\/root\/functions\//);
  });

  test('a page needs no service and no secret, but an address that its readers reach', () => {
    const page = { name: 'rag-page', main: 'functions/page/worker.ts', vars: { GATEWAY_PUBLIC_URL: 'http://localhost:8000' } };
    const withPage = { ...file, env: { ...file.env, page } };
    const public_ = { ...reachable, GATEWAY_PUBLIC_URL: 'https://gateway.example', BREAKER_OPEN_MS: '5000' };
    expect(plan('page', 'production', reachable, withPage).problems).toEqual([
      expect.stringContaining('GATEWAY_PUBLIC_URL is http://localhost'),
    ]);
    const { config, secrets, problems } = plan('page', 'production', public_, withPage);
    expect({ vars: config['vars'], secrets, problems }).toEqual({
      vars: { GATEWAY_PUBLIC_URL: 'https://gateway.example' },
      secrets: [],
      problems: [],
    });
    expect(plan('search', 'production').secrets).toEqual(['SERVICE_TOKEN', 'REDIS_URL']);
  });

  test('a stage may tune what it likes; a variable that nobody knows stays out', () => {
    const { config } = plan('query', 'staging', {
      ...reachable,
      BREAKER_OPEN_MS: '5000',
      HOME: '/home/me',
      REDIS_URL: 'rediss://:secret@r.example',
    });
    expect(config['vars']).toMatchObject({ BREAKER_OPEN_MS: '5000' });
    expect(JSON.stringify(config)).not.toMatch(/HOME|secret/);
  });
});

describe('what is not deployed', () => {
  test.each([
    [{}, 'QDRANT_URL is http://127.0.0.1:6333, which nothing outside this machine reaches: set it in .env.staging'],
    [{ ...reachable, QDRANT_URL: 'http://[::1]:6333' }, 'QDRANT_URL is http://[::1]:6333, which nothing outside this machine reaches'],
    [{ ...reachable, OLLAMA_URL: 'ollama.example' }, 'OLLAMA_URL must be a URL'],
    [{ ...reachable, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT is http://127.0.0.1:4318, which'],
    [{ ...reachable, BREAKER_OPEN_MS: 'soon' }, 'BREAKER_OPEN_MS must be a whole number of milliseconds'],
  ])('%j', (values, message) => {
    expect(plan('search', 'staging', values).problems.join('\n')).toContain(message);
  });

  test.each(['SERVICE_TOKEN', 'METRICS_TOKEN', 'REDIS_URL', 'QDRANT_API_KEY', 'OTEL_EXPORTER_OTLP_HEADERS'])(
    '%s as a variable',
    (secret) => {
      const search = file.env['search']!;
      const careless = { ...file, env: { ...file.env, search: { ...search, vars: { ...search.vars, [secret]: 'x'.repeat(40) } } } };
      expect(plan('search', 'production', reachable, careless).problems.join('\n')).toContain(`${secret} stands in [env.search.vars]`);
    },
  );

  test.each([
    [['nothing'], 'There is no function nothing: search, query'],
    [[], 'Name a function: search, query'],
    [['search', '--env', 'prod'], '--env prod: must be one of staging, production'],
    [['search', '--dry-run'], 'QDRANT_URL is http://127.0.0.1:6333, which nothing outside this machine reaches'],
  ])('npm run deploy -- %j', (args, message) => {
    const env = { PATH: process.env['PATH'] ?? '', QDRANT_URL: 'http://127.0.0.1:6333' };
    const run = spawnSync(process.execPath, [`${ROOT}compose/deploy.ts`, ...args], { env, encoding: 'utf8' });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toContain(message);
  });
});

describe("a Worker's secrets", () => {
  const answering = (ran: Ran) => async () => ran;

  test('are read from what wrangler prints around them', async () => {
    const output = 'note\n[{"name":"SERVICE_TOKEN","type":"secret_text"},{"name":"REDIS_URL","type":"secret_text"}]\n';
    expect(await secretsOf(answering({ code: 0, output }), 'rag-search', 'c')).toEqual(['SERVICE_TOKEN', 'REDIS_URL']);
  });

  test('are unknown when the account does not answer', async () => {
    expect(await secretsOf(answering({ code: 1, output: 'not logged in' }), 'rag-search', 'c')).toBeNull();
  });
});

describe('bundle sizes', () => {
  test('no function grew by more than a tenth without somebody saying so', async () => {
    expect(grown(readSizes(), await weigh())).toEqual([]);
    // Every function is minified; beside other work that takes its time.
  }, 60_000);

  test("everything that is deployed is weighed, the dashboard's page too", () => {
    expect(Object.keys(readSizes()).toSorted()).toEqual([...Object.keys(file.env), 'dashboard page'].toSorted());
  });

  test('the page has a budget beside its growth', () => {
    expect(grown({ 'dashboard page': PAGE_BYTES_MAX - 1 }, { 'dashboard page': PAGE_BYTES_MAX })).toEqual([]);
    expect(grown({ 'dashboard page': PAGE_BYTES_MAX }, { 'dashboard page': PAGE_BYTES_MAX + 1 })).toEqual([
      'dashboard page weighs 61441 bytes compressed, at most 61440 are allowed.',
    ]);
  });

  test('a growth and a new function are told with what to do; less is fine', () => {
    expect(grown({ a: 1000, b: 1000, d: 1000 }, { a: 1101, b: 1100, c: 5, d: 10 })).toEqual([
      'a grew from 1000 to 1101 bytes compressed (+10 %). If that is meant, run npm run sizes -- --write and say in the commit what it is for.',
      'c is new and weighs 5 bytes. If that is meant, run npm run sizes -- --write and say in the commit what it is for.',
    ]);
  });
});
