import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { weakness } from '../../gateway/check.ts';
import { render } from '../../gateway/render.ts';
import { mintToken, readTtl } from '../../gateway/token.ts';
import { readConfig } from '../../local/gateway/config/read.ts';
import { PROJECT_FILE } from './support/project.ts';
import { testValues } from './support/values.ts';

const { values } = testValues('http://127.0.0.1:9000', { host: 'redis', port: 6379 });
const withValues = (changes: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...values, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined));

describe('gateway/render.ts', () => {
  test('fills every placeholder of gateway/kong.yml; what comes out is a file that the gateway reads', () => {
    const rendered = render(PROJECT_FILE, values);
    expect(rendered.split('\n').filter((line) => !line.trimStart().startsWith('#') && line.includes('${{'))).toEqual([]);
    const config = readConfig(rendered);
    expect(config.services.map(({ name }) => name)).toEqual(['search', 'query', 'ingest', 'collections', 'status', 'mcp', 'chat', 'docs']);
    expect(config.upstreams.map(({ targets }) => targets)).toEqual(
      Array.from({ length: 8 }, () => [{ host: '127.0.0.1', port: 9000, weight: 100 }]),
    );
    expect([...config.jwts.values()].map(({ algorithm }) => algorithm)).toEqual(['HS256', 'RS256']);
  });

  test('a target wins over a URL; a URL with a path or TLS cannot be a target', () => {
    expect(render(PROJECT_FILE, { ...values, DECK_SEARCH_TARGET: 'search:8080' })).toContain("target: 'search:8080'");
    expect(() => render(PROJECT_FILE, { ...values, DECK_SEARCH_URL: 'https://search' })).toThrow(
      'DECK_SEARCH_URL: https://search is not http://host:port',
    );
  });

  test('names everything that is missing at once', () => {
    const missing = withValues({ DECK_API_KEY: undefined, DECK_REDIS_HOST: '', DECK_QUERY_URL: undefined });
    expect(() => render(PROJECT_FILE, missing)).toThrow(
      /DECK_QUERY_TARGET is not set.*\n.*DECK_REDIS_HOST is not set[^]*DECK_API_KEY is not set/,
    );
  });

  test.each([
    ['a short service token', { DECK_SERVICE_TOKEN: 'short' }, 'DECK_SERVICE_TOKEN is shorter than 32 bytes'],
    ['a default service token', { DECK_SERVICE_TOKEN: 'change-me-change-me-change-me-change-me' }, 'DECK_SERVICE_TOKEN is a default'],
    ['a short key', { DECK_API_KEY: 'abc' }, 'the key of developer is shorter than 32 bytes'],
    ['a repeated key', { DECK_API_KEY: 'ab'.repeat(20) }, 'the key of developer has fewer than 8 different characters'],
    ['a short JWT secret', { DECK_DASHBOARD_JWT_SECRET: 'abc' }, 'the secret of dashboard is shorter than 32 bytes'],
    ['no public key', { DECK_DASHBOARD_JWT_PUBLIC_KEY: 'abc' }, 'dashboard-rs256 has no public key in PEM'],
    [
      'a vault reference',
      { DECK_API_KEY: '{vault://env/api-key-0123456789-abcdef}' },
      'Kong would take {vault://env/api-key-0123456789-abcdef} literally',
    ],
    ['a value that leaves its quotes', { DECK_API_KEY: "x', extra: 'y0123456789-0123456789" }, 'DECK_API_KEY holds a quote'],
  ])('refuses %s', (_, change, message) => {
    expect(() => render(PROJECT_FILE, withValues(change))).toThrow(message);
  });

  test.each([
    [
      'a route without acl',
      /^ +- \{ name: acl, config: \{ allow: \[reader\] \} \}$/m,
      '',
      'route search of search: has no authentication with an acl',
    ],
    ['no rate limit', /^ {2}- name: rate-limiting\n(?: {4}.*\n)+/m, '', 'route search of search: has no rate limit'],
    ['no time-out', /^ {4}read_timeout: 300000\n/m, '', 'service query: connect_timeout, read_timeout and write_timeout must be set'],
    ['no service token', /^ {2}- name: request-transformer\n(?: {4}.*\n)+/m, '', 'route search of search: does not inject X-Service-Token'],
    [
      'a header that is added but not removed',
      'remove: { headers: [X-Service-Token, ',
      'remove: { headers: [',
      'X-Service-Token is added but not removed first',
    ],
    ['a credential without an id', /\{ id: [0-9a-f-]+, key:/, '{ key:', 'consumer developer: it and each of its credentials'],
    ['a placeholder of another form', '${{ env "DECK_API_KEY" }}', '${{ file "key" }}', '${{ file "key" }} is not of the form'],
    ['a foreign name', '${{ env "DECK_API_KEY" }}', '${{ env "API_KEY" }}', 'API_KEY: the name of a placeholder must begin with DECK_'],
    ['a shell variable', '${{ env "DECK_API_KEY" }}', '${API_KEY}', 'Kong would take ${API_KEY} literally'],
  ] as [string, string | RegExp, string, string][])('refuses a file with %s', (_, from, to, message) => {
    const changed = PROJECT_FILE.replace(from, () => to);
    expect(changed).not.toBe(PROJECT_FILE);
    expect(() => render(changed, values)).toThrow(message);
  });

  test('takes numbers and texts of several lines as decK does', () => {
    const sound = 'consumers: []\nvalue: ${{ env "DECK_N" | toInt }}\ntext: |\n    ${{ env "DECK_T" | indent 4 }}\n';
    expect(render(sound, { DECK_N: '7', DECK_T: 'a\nb' })).toBe('consumers: []\nvalue: 7\ntext: |\n    a\n    b\n');
    expect(() => render(sound, { DECK_N: 'x', DECK_T: 'a' })).toThrow('DECK_N: x is no whole number');
  });

  test('as a command it prints the rendered file, or says on standard error what is wrong', () => {
    const command = ['gateway/render.ts'];
    const good = spawnSync(process.execPath, command, { env: { PATH: process.env.PATH, ...values }, encoding: 'utf8' });
    expect(good.stdout).toBe(render(PROJECT_FILE, values));
    const bad = spawnSync(process.execPath, command, { env: { PATH: process.env.PATH }, encoding: 'utf8' });
    expect(bad).toMatchObject({ status: 1, stdout: '' });
    expect(bad.stderr).toContain('DECK_SERVICE_TOKEN is not set');
  });
});

test.each(['password-password-password-password', 'CHANGEME-0123456789-0123456789-01', '', 'a'.repeat(64)])('%s is no secret', (secret) => {
  expect(weakness(secret)).not.toBeNull();
});

describe('npm run token', () => {
  test('mints what it says: issuer, a life of the given length, and nbf a minute back', () => {
    const token = mintToken({ consumer: 'dashboard', secret: 's', ttl: 90, now: 1000 });
    expect(JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())).toMatchObject({
      iss: 'dashboard',
      iat: 1000,
      nbf: 940,
      exp: 1090,
    });
  });

  test.each([
    ['90s', 90],
    ['15m', 900],
    ['1h', 3600],
    ['24h', 86_400],
  ])('%s is %i seconds', (text, seconds) => {
    expect(readTtl(text)).toBe(seconds);
  });

  test.each(['', '1', 'h', '0s', '25h', '1d', '-1h'])('--ttl %s is refused', (text) => {
    expect(() => readTtl(text)).toThrow('at most 24h');
  });

  test('says which variable is missing, and whose it is', () => {
    const run = spawnSync(process.execPath, ['gateway/token.ts', '--consumer', 'nobody'], {
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
    });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('DECK_NOBODY_JWT_SECRET is set neither in the environment nor in .env');
  });
});
