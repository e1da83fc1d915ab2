import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway } from '../../local/gateway/gateway.ts';
import { startEcho, type Echo } from './support/echo.ts';
import { requestText, sendRaw } from './support/wire.ts';

let echo: Echo;
beforeAll(async () => {
  echo = await startEcho();
});
afterAll(() => echo.close());

const file = (rest: string): string => `_format_version: "3.0"\n${rest}`;
const start = (rest: string): Promise<unknown> => startGateway({ config: file(rest), port: 0 });
const route = (path: string): string => file(`services: [{ name: up, url: "${echo.url}", routes: [{ name: r, paths: ["${path}"] }] }]`);
const status = async (url: string, path: string): Promise<number> => (await sendRaw(url, requestText('GET', path, []))).status;

describe('what the gateway does not know, it refuses at the start, by name', () => {
  test.each([
    ['an unknown plugin', 'plugins: [{ name: oidc }]', /plugins\[0\] \(oidc\): the plugin oidc is not known; known are .*key-auth/],
    [
      'an unknown key of a plugin',
      'plugins: [{ name: cors, config: { origin: ["*"] } }]',
      /plugins\[0\] \(cors\)\.config: Unrecognized key: "origin"/,
    ],
    [
      'an unknown key of a service',
      'services: [{ name: a, url: "http://a", tls_verify_depth: 1 }]',
      /services\[0\]: Unrecognized key: "tls_verify_depth"/,
    ],
    ['an unknown entity', 'vaults: []', /Unrecognized key: "vaults"/],
    ['an unresolved placeholder', `services: [{ name: a, url: '$\{{ env "DECK_A" }}' }]`, /line 2: .*DECK_A.* is not resolved/],
    [
      'a vault reference',
      'consumers: [{ username: a, keyauth_credentials: [{ key: "{vault://env/x}" }] }]',
      /\{vault:\/\/env\/x\} is not resolved/,
    ],
    ['a service without an address', 'services: [{ name: a }]', /services\[0\]: needs a url or a host/],
    ['a URL that is none', 'services: [{ name: a, url: "ftp://a" }]', /services\[0\]\.url: ftp:\/\/a is not/],
    [
      'a route without criteria',
      'services: [{ name: a, url: "http://a", routes: [{ name: r }] }]',
      /must set one of 'methods', 'hosts', 'headers', 'paths'/,
    ],
    ['a broken expression', 'routes: [{ name: r, paths: ["~/(a"] }]', /routes\[0\]\.paths\[0\]: Invalid regular expression/],
    ['a path without a slash', 'routes: [{ name: r, paths: [a] }]', /must start with \//],
    ['a name used twice', 'routes: [{ name: r, paths: [/a] }, { name: r, paths: [/b] }]', /the name r is used twice/],
    ['a reference to nothing', 'plugins: [{ name: cors, route: nowhere }]', /there is no route nowhere/],
    ['a plugin configured twice', 'plugins: [{ name: cors }, { name: cors }]', /is configured twice for one scope/],
    ['an anonymous that is not there', 'plugins: [{ name: key-auth, config: { anonymous: nobody } }]', /there is no consumer nobody/],
    ['a key used twice', 'consumers: [{ username: a, keyauth_credentials: [{ key: k }, { key: k }] }]', /this key is used twice/],
    [
      'a limit without a window',
      'plugins: [{ name: rate-limiting, config: { policy: local } }]',
      /at least one of these fields must be set/,
    ],
    [
      'limits in the wrong order',
      'plugins: [{ name: rate-limiting, config: { minute: 5, hour: 2 } }]',
      /hour cannot be lower than the limit for minute/,
    ],
    ['an address that is none', 'plugins: [{ name: ip-restriction, config: { allow: [300.0.0.1] } }]', /must be an IP address or a range/],
    [
      'a plugin for a consumer that cannot be',
      'consumers: [{ username: a, plugins: [{ name: key-auth }] }]',
      /cannot be configured for a consumer/,
    ],
    [
      'a template that is not built',
      `plugins: [{ name: request-transformer, config: { add: { headers: ['X:$(os.getenv("X"))'] } } }]`,
      /is not built/,
    ],
    [
      'an RS256 credential without a key',
      'consumers: [{ username: a, jwt_secrets: [{ key: i, algorithm: RS256 }] }]',
      /needs a public key in PEM/,
    ],
    ['no YAML', 'services: [', /the gateway configuration is refused/],
  ])('%s', async (_, rest, message) => {
    await expect(start(rest)).rejects.toThrow(message);
  });

  test('everything that is wrong is named at once', async () => {
    await expect(start('plugins: [{ name: oidc }, { name: saml }]')).rejects.toThrow(/oidc is not known[^]*saml is not known/);
  });
});

test('a port in use is an error that says so', async () => {
  await expect(startGateway({ config: route('/a'), port: echo.port })).rejects.toThrow(`port ${echo.port} on 127.0.0.1 is in use`);
});

describe('a new file', () => {
  test('takes effect for the next request; a bad one leaves the old in service', async () => {
    const gateway = await startGateway({ config: route('/a'), port: 0 });
    try {
      gateway.reload(route('/b'));
      expect([await status(gateway.url, '/a'), await status(gateway.url, '/b')]).toEqual([404, 200]);
      expect(() => gateway.reload(file('plugins: [{ name: oidc }]'))).toThrow('oidc');
      expect(await status(gateway.url, '/b')).toBe(200);
    } finally {
      await gateway.close();
    }
  });

  test('counters of rate limits outlive it', async () => {
    const limited = route('/a').replace('name: r,', 'name: r, plugins: [{ name: rate-limiting, config: { day: 1, policy: local } }],');
    const gateway = await startGateway({ config: limited, port: 0 });
    try {
      expect(await status(gateway.url, '/a')).toBe(200);
      gateway.reload(limited);
      expect(await status(gateway.url, '/a')).toBe(429);
    } finally {
      await gateway.close();
    }
  });

  test('npm run gateway serves a file and follows its changes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    const path = join(folder, 'kong.yml');
    writeFileSync(path, route('/a'));
    const child = spawn(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      'local/gateway/main.ts',
      '--config',
      path,
      '--port',
      '0',
    ]);
    try {
      let text = '';
      const said = async (what: string): Promise<void> => {
        while (!text.includes(what)) text += String((await once(child.stdout, 'data'))[0]);
      };
      child.stderr.on('data', (chunk) => child.stdout.emit('data', chunk));
      await said('serves');
      const url = /http:\/\/\S+/.exec(text)![0];
      expect(await status(url, '/a')).toBe(200);
      writeFileSync(path, route('/changed'));
      await said('is in service');
      expect(await status(url, '/changed')).toBe(200);
      writeFileSync(path, file('plugins: [{ name: oidc }]'));
      await said('the old file stays in service');
      expect(await status(url, '/changed')).toBe(200);
    } finally {
      child.kill();
      rmSync(folder, { recursive: true });
    }
  });
});
