import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { variableOf } from '../../compose/containers/mounted.ts';

// What can be known of the compose files without an engine: their schema, and the promises that a reader of the README relies on.

const COMPOSE = fileURLToPath(new URL('../../compose/', import.meta.url));
const FILES = readdirSync(COMPOSE).filter((name) => name.endsWith('.yaml'));

type Health = { test: string | string[] };
type Service = {
  image?: string;
  user?: string;
  profiles?: string[];
  command?: string | string[];
  read_only?: boolean;
  ports?: string[];
  volumes?: string[];
  secrets?: string[];
  labels?: Record<string, string>;
  networks?: string[] | Record<string, unknown>;
  environment?: Record<string, string | null>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: Health;
  deploy?: { replicas?: number; resources?: { limits?: { memory?: string } } };
};
type File = {
  services: Record<string, Service>;
  networks?: Record<string, { internal?: boolean } | null>;
  volumes?: Record<string, unknown>;
};

// `!reset` and `!override` are Compose's own tags for merging: the value under them is checked as it stands.
const customTags = ['!reset', '!override'].flatMap((tag) => [
  { tag, resolve: (text: string) => (text === 'null' ? null : text) },
  { tag, collection: 'map' as const, resolve: (map: unknown) => map },
  { tag, collection: 'seq' as const, resolve: (seq: unknown) => seq },
]);
const read = (name: string): File => parse(readFileSync(COMPOSE + name, 'utf8'), { merge: true, customTags }) as File;
const files = new Map(FILES.map((name) => [name, read(name)]));
const services = [...files].flatMap(([file, { services: of }]) => Object.entries(of).map(([name, one]) => ({ file, name, ...one })));
const base = files.get('compose.yaml')!;

describe('every compose file', () => {
  const schema = JSON.parse(readFileSync(new URL('compose-spec/compose-spec.json', import.meta.url), 'utf8')) as { $schema: string };
  const ajv = new Ajv({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const valid = ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' });

  test.each(FILES)('%s is as compose-spec has it', (name) => {
    valid(JSON.parse(JSON.stringify(files.get(name))));
    expect(valid.errors ?? []).toEqual([]);
  });

  test('the schema refuses what it should', () => {
    expect(valid({ services: { a: { image: 'x', healthcheck: { tests: [] } } } })).toBe(false);
    expect(valid({ services: { a: { image: 'x', depends_on: { b: { condition: 'healthy' } } } } })).toBe(false);
  });
});

/** An image of one version, be it a default that .env may change; ours is built here. */
const FIXED = /^rag-functions$|^[\w./-]+:(?:v?\d[\w.-]*|\$\{\w+:-v?\d[\w.-]*\})$/;

test('an image whose tag moves is not fixed', () => {
  for (const image of ['qdrant/qdrant:latest', 'redis', 'redis:alpine', 'kong/deck:${DECK_VERSION:-latest}', 'kong/deck:${DECK_VERSION}'])
    expect(image).not.toMatch(FIXED);
});

test.each(services.filter(({ volumes = [], secrets = [] }) => volumes.some((one) => one.startsWith('.')) || secrets.length > 0))(
  '$name is made anew when what it mounts has another content',
  ({ name, labels }) => {
    expect(labels).toEqual({ 'rag.mounted': `\${${variableOf(name)}:-}` });
  },
);

/** A service whose definition is in another file already is only changed by an overlay. */
const whole = services.filter(({ image }) => image !== undefined);
const oneShots = whole.filter(({ name }) => /-(?:models|migrations|import)$|^migrate$/.test(name));
const lasting = whole.filter((one) => !oneShots.includes(one));

test.each(lasting)('$name tells whether it is ready', ({ healthcheck }) => {
  expect(healthcheck?.test).toBeDefined();
});

test.each(whole)(
  '$name has a memory limit, a fixed image and asks for nothing but what is healthy',
  ({ image, deploy, depends_on = {} }) => {
    expect(deploy?.resources?.limits?.memory).toMatch(/^\$?\{?[\w:-]*\d+[mg]\}?$/);
    expect(image).toMatch(FIXED);
    for (const [name, { condition }] of Object.entries(depends_on)) {
      const oneShot = oneShots.some((one) => one.name === name);
      const expected =
        name === 'ollama' && condition === 'service_started'
          ? 'service_started'
          : oneShot
            ? 'service_completed_successfully'
            : 'service_healthy';
      expect(condition, name).toBe(expected);
    }
  },
);

test('only the gateway is published, every other page on the loopback alone', () => {
  const published = services.flatMap(({ name, ports = [] }) => ports.map((port) => `${name} ${port}`));
  expect(published.filter((line) => !/^[\w-]+ 127\.0\.0\.1:/.test(line))).toEqual(['kong ${GATEWAY_BIND:-127.0.0.1}:${PORT:-8000}:8000']);
});

test('what holds data cannot be reached from outside and has no way out, but for Ollama, which pulls', () => {
  expect(base.networks?.['back']?.internal).toBe(true);
  expect(base.services['redis']?.networks).toEqual(['back']);
  expect(base.services['qdrant']?.networks).toEqual(['back']);
  expect(base.services['ollama']?.networks).toEqual(['back', 'models']);
});

test('the functions run as nobody in particular, cannot write, and are several', () => {
  expect(base.services['functions']).toMatchObject({ user: 'node', read_only: true, deploy: { replicas: 3 } });
});

test("the gateway's admin interface is on the loopback, and its headers say nothing", () => {
  expect(base.services['kong']?.environment).toMatchObject({
    KONG_ADMIN_LISTEN: '127.0.0.1:8001',
    KONG_HEADERS: 'off',
    KONG_DATABASE: 'off',
  });
});

test("with a database the Admin API is a process of its own, which nothing but decK shares a network with; the proxy's stays on the loopback", () => {
  const { kong, 'kong-manager': manager, ...others } = files.get('kong-postgres.yaml')!.services;
  expect(kong?.environment).not.toHaveProperty('KONG_ADMIN_LISTEN');
  expect(manager?.networks).toEqual(['kong-data', 'kong-admin']);
  const beside = (network: string) => Object.keys(others).filter((name) => (others[name]!.networks as string[]).includes(network));
  expect({ admin: beside('kong-admin'), data: beside('kong-data') }).toEqual({
    admin: ['kong-import'],
    data: ['postgres', 'kong-migrations'],
  });
});

test("the dashboard is told where the gateway is published, unless .env knows a browser's way to it", () => {
  expect(base.services['dashboard']?.environment?.['GATEWAY_PUBLIC_URL']).toBe('${GATEWAY_PUBLIC_URL:-http://localhost:${PORT:-8000}}');
});

test('the access log has paths and no query: GET /search carries its question there', () => {
  const { KONG_PROXY_ACCESS_LOG, KONG_NGINX_HTTP_LOG_FORMAT = '' } = base.services['kong']!.environment!;
  const [, name, format = ''] = /^(\w+) '([^']+)'$/.exec(KONG_NGINX_HTTP_LOG_FORMAT ?? '') ?? [];
  expect(KONG_PROXY_ACCESS_LOG).toBe(`/dev/stdout ${name}`);
  expect(format).toContain('$$uri"');
  expect(format).not.toMatch(/\$(?:request|request_uri|args|query_string|is_args|http_referer|arg_\w+)\b(?!_)/);
  expect(format.replaceAll('$$', '')).not.toContain('$');
});

test("while its data is moved the single node has a network apart, since its name is the cluster's elsewhere", () => {
  const { qdrant, migrate, functions } = files.get('qdrant-cluster.yaml')!.services;
  expect(qdrant).toMatchObject({ profiles: ['migrate'], networks: { old: { aliases: ['qdrant-old'] } } });
  expect(migrate).toMatchObject({ profiles: ['migrate'], networks: ['back', 'old'], user: 'node', read_only: true });
  expect(migrate?.command).toEqual(expect.arrayContaining(['http://qdrant-old:6333', 'http://qdrant-balancer:6333']));
  expect(functions?.networks).toBeUndefined();
});

test('no secret stands in a compose file: each comes from .env', () => {
  const secrets = services.flatMap(({ name, environment = {} }) =>
    Object.entries(environment)
      .filter(([key]) => /TOKEN|PASSWORD|SECRET|API_KEY/.test(key))
      .map(([key, value]) => [`${name} ${key}`, value] as const),
  );
  expect(secrets.length).toBeGreaterThan(3);
  for (const [what, value] of secrets) expect(value ?? '${}', what).toMatch(/^\$\{.*\}$/);
});

test('every named volume and network that a service uses is declared', () => {
  for (const { file, name, volumes = [], networks = [] } of services) {
    const { volumes: declared = {}, networks: known = {} } = files.get(file)!;
    const named = Array.isArray(volumes) ? volumes.map((one) => one.split(':')[0]!).filter((one) => !/^[./]/.test(one)) : [];
    for (const one of named) expect(Object.keys(declared), `${file} ${name}`).toContain(one);
    for (const one of Array.isArray(networks) ? networks : Object.keys(networks))
      expect([...Object.keys(known), ...Object.keys(base.networks ?? {})], `${file} ${name}`).toContain(one);
  }
});

test('the cluster keeps three copies of everything and acknowledges with two', () => {
  const cluster = files.get('qdrant-cluster.yaml')!.services;
  expect(Object.keys(cluster).filter((name) => /^qdrant-\d$/.test(name))).toHaveLength(3);
  expect(cluster['functions']?.environment).toMatchObject({
    QDRANT_REPLICATION_FACTOR: '${QDRANT_REPLICATION_FACTOR:-3}',
    QDRANT_WRITE_CONSISTENCY_FACTOR: '${QDRANT_WRITE_CONSISTENCY_FACTOR:-2}',
  });
  expect(readFileSync(`${COMPOSE}qdrant-cluster.yaml`, 'utf8')).not.toMatch(/ports:.*6335/);
});

/** Every health check that speaks HTTP through bash, for the images that have no curl. */
const spoken = lasting.filter(({ healthcheck }) => Array.isArray(healthcheck?.test) && healthcheck.test[1] === 'bash');

describe.each(spoken)('the health check of $name, run here', ({ healthcheck }) => {
  const ask = async (port: number): Promise<number> => {
    const [, command = '', ...args] = healthcheck!.test as string[];
    const script = args.map((one) => one.replace(/127\.0\.0\.1\/\d+/, `127.0.0.1/${port}`).replaceAll('$$', '$'));
    return promisify(execFile)(command, script).then(
      () => 0,
      () => 1,
    );
  };
  const answering = async (listener: RequestListener): Promise<{ port: number; close(): void }> => {
    const server = createServer(listener);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
  };

  test.each([
    [200, 0],
    [503, 1],
    [401, 1],
  ])('%i is %i', async (status, code) => {
    const server = await answering((request, response) => void response.writeHead(request.url?.includes('ready') ? status : 500).end('ok'));
    expect(await ask(server.port)).toBe(code);
    server.close();
    // A port just given up may be another suite's by now; port 1 is nobody's.
    expect(await ask(1), 'nobody listens').toBe(1);
  });
});
