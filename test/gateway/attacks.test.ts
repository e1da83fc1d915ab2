import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reached, startProject, type Project } from './support/project.ts';

let project: Project;
beforeAll(async () => {
  project = await startProject((text) => text.replaceAll(/minute: \d+/g, 'minute: 100000'));
});
afterAll(() => project.close());

type Header = readonly [string, string];
const SEARCH = '/api/v1/rag/search';
const key = (): Header => ['apikey', project.values.DECK_API_KEY!];
const bearer = (token: string): Header => ['Authorization', `Bearer ${token}`];

describe('headers that only the gateway may set', () => {
  test.each([
    ['as it is', [['X-Service-Token', 'spoof']]],
    ['in another case', [['x-sErViCe-ToKeN', 'spoof']]],
    [
      'twice',
      [
        ['X-Service-Token', 'spoof'],
        ['X-Service-Token', 'spoof'],
      ],
    ],
    ['past the hundredth header', [...Array.from({ length: 120 }, (_, i): Header => [`X-Fill-${i}`, '1']), ['X-Service-Token', 'spoof']]],
  ] as [string, Header[]][])('a spoofed service token %s is replaced', async (_, headers) => {
    expect(reached(await project.send('GET', SEARCH, [key(), ...headers])).headers['x-service-token']).toBe(
      project.values.DECK_SERVICE_TOKEN,
    );
  });

  test('with underscores it is another header, as in Kong: the true one stands beside it', async () => {
    const { headers } = reached(await project.send('GET', SEARCH, [key(), ['X_Service_Token', 'spoof']]));
    expect(headers).toMatchObject({ 'x-service-token': project.values.DECK_SERVICE_TOKEN, x_service_token: 'spoof' });
  });

  test.each(['X-Consumer-Custom-ID', 'x-consumer-username', 'X-CONSUMER-GROUPS', 'X-Consumer-ID', 'X-Credential-Identifier'])(
    'a spoofed %s, also doubled, gives way to the truth',
    async (name) => {
      const honest = reached(await project.send('GET', SEARCH, [key()])).headers;
      const spoofed = reached(await project.send('GET', SEARCH, [[name, 'evil'], key(), [name, 'evil']])).headers;
      expect(spoofed[name.toLowerCase()]).toBe(honest[name.toLowerCase()]);
    },
  );

  test('a spoofed anonymous mark and foreign groups do not arrive', async () => {
    const { headers } = reached(
      await project.send('GET', SEARCH, [key(), ['X-Anonymous-Consumer', 'true'], ['X-Authenticated-Groups', 'admin']]),
    );
    expect(headers).not.toHaveProperty('x-anonymous-consumer');
    expect(headers).not.toHaveProperty('x-authenticated-groups');
  });

  test('Connection cannot name a header of the gateway to have it removed', async () => {
    const { headers } = reached(await project.send('GET', SEARCH, [key(), ['Connection', 'keep-alive, x-forwarded-for, x-real-ip']]));
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', connection: 'keep-alive' });
  });

  test('a forged X-Forwarded-For is kept as hearsay: the true address is the last, and the only X-Real-IP', async () => {
    const { headers } = reached(await project.send('GET', SEARCH, [key(), ['X-Forwarded-For', '10.0.0.1'], ['X-Real-IP', '10.0.0.1']]));
    expect(headers).toMatchObject({ 'x-forwarded-for': '10.0.0.1, 127.0.0.1', 'x-real-ip': '127.0.0.1' });
  });
});

describe('credentials', () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const seconds = Math.floor(Date.now() / 1000);
  const TOKENS: [string, () => string][] = [
    ['expired', () => project.token({ exp: seconds - 1 })],
    ['not yet valid', () => project.token({ nbf: seconds + 60 })],
    ['without exp', () => project.token({ exp: undefined })],
    ['without nbf', () => project.token({ nbf: undefined })],
    ['with a textual exp', () => project.token({ exp: String(seconds + 600) })],
    ['that lives longer than a day', () => project.token({ exp: seconds + 90_000 })],
    ['unsigned (alg none)', () => `${part({ alg: 'none' })}.${part({ iss: 'dashboard', nbf: 1, exp: seconds + 60 })}.`],
    ['whose signature is cut off', () => project.token().split('.').slice(0, 2).join('.')],
    ['whose signature is empty', () => `${project.token().split('.').slice(0, 2).join('.')}.`],
    ['of HS512 where HS256 is agreed', () => project.token({}, { alg: 'HS512' })],
    ['of RS256 under the HS256 issuer', () => project.token({}, { alg: 'RS256' })],
    ['of an unknown issuer', () => project.token({ iss: 'nobody' })],
    ['with an empty issuer', () => project.token({ iss: '' })],
    ['without an issuer', () => project.token({ iss: undefined })],
    [
      'with changed claims',
      () => project.token().replace(/\.[^.]+\./, `.${part({ iss: 'dashboard', nbf: 1, exp: seconds + 600, sub: 'evil' })}.`),
    ],
    [
      'of HS256 signed with the public key of RS256 (swapped key)',
      () => {
        const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'dashboard-rs256', nbf: 1, exp: seconds + 60 })}`;
        return `${signed}.${createHmac('sha256', project.values.DECK_DASHBOARD_JWT_PUBLIC_KEY!).update(signed).digest('base64url')}`;
      },
    ],
    ['that is no token', () => 'abc'],
  ];
  test.each(TOKENS)('a token %s is 401', async (_, token) => {
    const wire = await project.send('GET', SEARCH, [bearer(token())]);
    expect(wire, wire.body).toMatchObject({ status: 401 });
  });

  test('a bad token does not spoil a good key, and a good token needs none', async () => {
    expect(reached(await project.send('GET', SEARCH, [bearer('abc'), key()])).headers['x-consumer-username']).toBe('developer');
    expect(reached(await project.send('GET', SEARCH, [bearer(project.token()), ['apikey', 'nope']])).headers['x-consumer-username']).toBe(
      'dashboard',
    );
  });

  test('with two good credentials the token counts, and neither of them reaches the function', async () => {
    const { headers } = reached(await project.send('GET', SEARCH, [bearer(project.token()), key()]));
    expect(headers['x-consumer-username']).toBe('dashboard');
    expect(headers).not.toHaveProperty('apikey');
    expect(headers).not.toHaveProperty('authorization');
  });

  test.each([
    ['a key in the query', () => [[], `?apikey=${project.values.DECK_API_KEY}`]],
    ['a token in the query', () => [[], `?jwt=${project.token()}`]],
    ['a token in a cookie', () => [[['Cookie', `jwt=${project.token()}`]], '']],
    ['two keys', () => [[key(), key()], '']],
    ['an empty key', () => [[['apikey', '']], '']],
    ['a key with a comma', () => [[['apikey', `${project.values.DECK_API_KEY}, x`]], '']],
    ['a placeholder that was never filled in', () => [[['apikey', '${{ env "DECK_API_KEY" }}']], '']],
  ] as [string, () => [Header[], string]][])('%s is 401', async (_, make) => {
    const [headers, query] = make();
    const wire = await project.send('GET', SEARCH + query, headers);
    expect(wire, wire.body).toMatchObject({ status: 401 });
  });
});
