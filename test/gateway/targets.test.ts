import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { render } from '../../gateway/render.ts';
import { readConfig } from '../../local/gateway/config/read.ts';
import { startGateway } from '../../local/gateway/gateway.ts';
import { PROJECT_FILE } from './support/project.ts';
import { testValues } from './support/values.ts';

const { values } = testValues('http://127.0.0.1:9000', { host: 'redis.example', port: 6380 });
const NAMES = ['search', 'query', 'ingest', 'collections', 'status', 'mcp', 'chat', 'docs'];
const workers = Object.fromEntries(NAMES.map((name) => [`DECK_${name.toUpperCase()}_URL`, `https://rag-${name}.example.workers.dev`]));
const edgeValues = { ...values, ...workers };
type Plain = { services: Record<string, unknown>[]; upstreams?: Record<string, unknown>[]; plugins: unknown; consumers: unknown };
const plain = (text: string): Plain => parse(text) as Plain;
/** What a target must not change: who comes in, and how often. */
const admission = ({ services, plugins, consumers }: Plain) => ({
  plugins,
  consumers,
  services: services.map(({ name, routes, connect_timeout, read_timeout, write_timeout, retries }) => ({
    name,
    routes,
    connect_timeout,
    read_timeout,
    write_timeout,
    retries,
  })),
});
/** The redis plugins' address and the dashboard's origin are the target's. */
const withoutPlaces = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'redis' || key === 'origins' ? null : inner)));
const originsOf = (text: string): unknown =>
  (plain(text).plugins as { name: string; config: { origins?: string[] } }[]).find(({ name }) => name === 'cors')?.config.origins;

const local = render(PROJECT_FILE, values, 'local');
const compose = render(PROJECT_FILE, values, 'compose');
const edge = render(PROJECT_FILE, edgeValues, 'edge');

test('local is the file as it is, and every other target admits as it does', () => {
  expect(local).toBe(render(PROJECT_FILE, values));
  for (const other of [compose, edge]) expect(withoutPlaces(admission(plain(other)))).toEqual(withoutPlaces(admission(plain(local))));
});

test('compose: every upstream is the replicas, asked over HTTP whether they answer; Redis is the container', () => {
  const { upstreams } = readConfig(compose);
  expect(upstreams.map(({ name }) => name)).toEqual(NAMES.map((name) => `${name}.upstream`));
  for (const { targets, healthchecks } of upstreams) {
    expect(targets).toEqual([{ host: 'functions', port: 8080, weight: 100 }]);
    expect(healthchecks.active).toMatchObject({
      type: 'http',
      path: '/api/v1/rag/status/health',
      healthy: { statuses: [200, 503] },
      unhealthy: { httpFailures: 0, tcpFailures: 3, timeouts: 3 },
    });
  }
  expect(compose).toContain("host: 'redis'");
  expect(compose).not.toContain('redis.example');
});

test('edge: every service is its Worker by name, over verified TLS; there are no upstreams', () => {
  const { services, upstreams } = readConfig(edge);
  expect(upstreams).toEqual([]);
  expect(services.map(({ name, protocol, host, port, verifyTls }) => ({ name, protocol, host, port, verifyTls }))).toEqual(
    NAMES.map((name) => ({ name, protocol: 'https', host: `rag-${name}.example.workers.dev`, port: 443, verifyTls: true })),
  );
  expect(readConfig(edge).jwts).toEqual(readConfig(render(PROJECT_FILE, values)).jwts);
});

test.each([
  ['http://rag-search.example.workers.dev', 'is not https://host'],
  ['https://rag-search.example.workers.dev/path', 'without a path'],
  ['https://localhost', 'is not https://host'],
  ['https://127.0.0.1', 'is not https://host'],
  ['', 'DECK_SEARCH_URL is not set'],
])('edge: %s is no Worker', (url, message) => {
  expect(() => render(PROJECT_FILE, { ...edgeValues, DECK_SEARCH_URL: url }, 'edge')).toThrow(message);
});

describe('browsers may ask from the dashboard, wherever the target serves it', () => {
  const from = (search: string, more: Record<string, string> = {}) =>
    originsOf(render(PROJECT_FILE, { ...edgeValues, DECK_SEARCH_URL: search, ...more }, 'edge'));

  test('on this machine, in a container or in the emulator', () => {
    expect([originsOf(local), originsOf(compose)]).toEqual([['http://localhost:3103'], ['http://localhost:3103']]);
  });

  test('deployed beside the functions, or where it is said to be', () => {
    expect(originsOf(edge)).toEqual(['https://rag-dashboard.example.workers.dev']);
    expect(from('https://rag-search-staging.example.workers.dev')).toEqual(['https://rag-dashboard-staging.example.workers.dev']);
    expect(from('https://search.example.com', { DECK_DASHBOARD_ORIGIN: 'https://rag.example.com' })).toEqual(['https://rag.example.com']);
    expect(originsOf(render(PROJECT_FILE, { ...values, DECK_DASHBOARD_ORIGIN: 'http://box.lan:3103' }, 'compose'))).toEqual([
      'http://box.lan:3103',
    ]);
  });

  test('nowhere that would have to be guessed, and from no address that a browser would not send', () => {
    expect(() => from('https://search.example.com')).toThrow('DECK_DASHBOARD_ORIGIN is not set');
    for (const no of ['https://rag.example.com/', 'rag.example.com', '*'])
      expect(() => from('https://search.example.com', { DECK_DASHBOARD_ORIGIN: no })).toThrow('is not scheme://host without a path');
  });
});

describe('the rendered edge file on a gateway', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-'));
  let server: Server;
  let port = 0;
  const hosts: string[] = [];
  beforeAll(async () => {
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', [...made, ...named, '-keyout', join(folder, 'key'), '-out', join(folder, 'cert')], { stdio: 'ignore' });
    server = createServer({ key: readFileSync(join(folder, 'key')), cert: readFileSync(join(folder, 'cert')) }, (request, response) => {
      hosts.push(request.headers.host ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const at = (text: string) =>
    text.replaceAll(/host: rag-\w+\.example\.workers\.dev\n(\s+)/g, 'host: localhost\n$1').replaceAll('port: 443', `port: ${port}`);

  test('a certificate that nobody vouches for is refused, and nothing reaches the impostor', async () => {
    const gateway = await startGateway({ config: at(edge), port: 0, log: () => {} });
    try {
      const answer = await fetch(`${gateway.url}/api/v1/rag/status/health`);
      expect(answer.status, await answer.text()).toBe(502);
      expect(hosts).toEqual([]);
    } finally {
      await gateway.close();
    }
  });

  test('without verification it would have: with the Host that names the Worker', async () => {
    const gateway = await startGateway({ config: at(edge).replaceAll('tls_verify: true', 'tls_verify: false'), port: 0, log: () => {} });
    try {
      expect((await fetch(`${gateway.url}/api/v1/rag/status/health`)).status).toBe(200);
      expect(hosts).toEqual([`localhost:${port}`]);
    } finally {
      await gateway.close();
    }
  });
});

describe('npm run gateway:render', () => {
  const run = (args: string[], cwd: string, env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../../gateway/render.ts'), ...args], {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      encoding: 'utf8',
    });

  test('with a target takes the secrets of .env by the names the functions know them by', () => {
    const folder = mkdtempSync(join(tmpdir(), 'render-'));
    const { DECK_SERVICE_TOKEN, DECK_API_KEY, DECK_DASHBOARD_JWT_SECRET, DECK_DASHBOARD_JWT_PUBLIC_KEY } = values;
    const lines = { SERVICE_TOKEN: DECK_SERVICE_TOKEN, API_KEY: DECK_API_KEY, DECK_DASHBOARD_JWT_SECRET };
    writeFileSync(
      join(folder, '.env'),
      `${Object.entries(lines)
        .map(([key, value]) => `${key}=${value}\n`)
        .join('')}DECK_DASHBOARD_JWT_PUBLIC_KEY="${DECK_DASHBOARD_JWT_PUBLIC_KEY}"\n`,
    );
    const done = run(['--target', 'compose'], folder);
    rmSync(folder, { recursive: true });
    expect(done.stderr).toBe('');
    expect(plain(done.stdout)).toEqual(plain(compose));
  });

  test('names the targets there are', () => {
    const done = run(['--target', 'cloud'], tmpdir());
    expect(done).toMatchObject({ status: 1, stdout: '' });
    expect(done.stderr).toContain('--target cloud: must be one of local, compose, edge');
  });
});
