import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { headerOf, withPlugins } from './support/site.ts';
import { forge } from './support/tokens.ts';

type Header = readonly [string, string];
const ALICE =
  'consumers: [{ username: alice, custom_id: a, acls: [{ group: users }], keyauth_credentials: [{ key: alice-key }] }, { username: bob, keyauth_credentials: [{ key: bob-key }] }]';
const alice: Header = ['apikey', 'alice-key'];
const bob: Header = ['apikey', 'bob-key'];
const message = (body: string): unknown => (JSON.parse(body) as { message: unknown }).message;

describe('key-auth', () => {
  test('a realm is shown in the challenge; the first of several names that is there counts', async () => {
    await withPlugins(
      '{ name: key-auth, config: { realm: here, key_names: [first, second] } }',
      async ({ send }) => {
        expect(headerOf(await send('GET', '/r'), 'www-authenticate')).toBe('Key realm="here"');
        expect((await send('GET', '/r', [['second', 'alice-key']])).status).toBe(200);
        expect(
          (
            await send('GET', '/r', [
              ['first', 'nope'],
              ['second', 'alice-key'],
            ])
          ).status,
        ).toBe(401);
        expect((await send('GET', '/r?second=alice-key', [['second', '']])).status).toBe(401);
      },
      ALICE,
    );
  });

  test('hiding takes the key out of header and query, and writes the query anew', async () => {
    await withPlugins(
      '{ name: key-auth, config: { hide_credentials: true } }',
      async ({ ask }) => {
        expect((await ask('GET', '/r?apikey=alice-key&b=x%20y&c')).url).toBe('/?b=x+y&c=');
        expect((await ask('GET', '/r', [alice])).headers).not.toHaveProperty('apikey');
      },
      ALICE,
    );
  });

  test('two keys in one place are refused by name', async () => {
    await withPlugins(
      '{ name: key-auth }',
      async ({ send }) => {
        expect(message((await send('GET', '/r', [alice, alice])).body)).toBe('Duplicate API key found');
        expect(message((await send('GET', '/r?apikey=a&apikey=b')).body)).toBe('Duplicate API key found');
      },
      ALICE,
    );
  });

  test('preflights can be let through', async () => {
    await withPlugins(
      '{ name: key-auth, config: { run_on_preflight: false } }',
      async ({ send }) => {
        expect((await send('OPTIONS', '/r')).status).toBe(200);
        expect((await send('GET', '/r')).status).toBe(401);
      },
      ALICE,
    );
  });
});

describe('acl', () => {
  test.each([
    ['allow', '{ allow: [users] }', [200, 403]],
    ['deny', '{ deny: [users] }', [403, 200]],
    ['allow another group', '{ allow: [others] }', [403, 403]],
  ] as const)('%s', async (_, config, expected) => {
    await withPlugins(
      `{ name: key-auth }, { name: acl, config: ${config} }`,
      async ({ send }) => {
        expect([(await send('GET', '/r', [alice])).status, (await send('GET', '/r', [bob])).status]).toEqual(expected);
      },
      ALICE,
    );
  });

  test('without authentication before it nobody passes', async () => {
    await withPlugins('{ name: acl, config: { allow: [users] } }', async ({ send }) => {
      const wire = await send('GET', '/r');
      expect([wire.status, message(wire.body)]).toEqual([401, 'Unauthorized']);
    });
  });

  test('the groups are told, unless they are hidden', async () => {
    await withPlugins(
      '{ name: key-auth }, { name: acl, config: { allow: [users] } }',
      async ({ ask }) => {
        expect((await ask('GET', '/r', [alice])).headers['x-consumer-groups']).toBe('users');
      },
      ALICE,
    );
    await withPlugins(
      '{ name: key-auth }, { name: acl, config: { allow: [users], hide_groups_header: true } }',
      async ({ ask }) => {
        expect((await ask('GET', '/r', [alice])).headers).not.toHaveProperty('x-consumer-groups');
      },
      ALICE,
    );
  });
});

describe('jwt', () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const sign = (alg: string, key: KeyObject, options: object = {}): string => {
    const signed = `${part({ alg })}.${part({ iss: 'i' })}`;
    return `${signed}.${createSign(`sha${alg.slice(2)}`)
      .update(signed)
      .sign({ key, ...options }, 'base64url')}`;
  };
  test.each([
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }), {}],
    ['RS512', generateKeyPairSync('rsa', { modulusLength: 2048 }), {}],
    ['PS256', generateKeyPairSync('rsa', { modulusLength: 2048 }), { padding: 6 }],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), { dsaEncoding: 'ieee-p1363' }],
    ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), { dsaEncoding: 'ieee-p1363' }],
  ])('%s: its own key passes, another does not', async (alg, { publicKey, privateKey }, options) => {
    const pem = String(publicKey.export({ type: 'spki', format: 'pem' }));
    const consumers = `consumers: [{ username: a, jwt_secrets: [{ key: i, algorithm: ${alg}, rsa_public_key: ${JSON.stringify(pem)} }] }]`;
    await withPlugins(
      '{ name: jwt }',
      async ({ send }) => {
        const token = sign(alg, privateKey, options);
        expect((await send('GET', '/r', [['Authorization', `Bearer ${token}`]])).status).toBe(200);
        const broken = token.replace(/\.[^.]+$/, (signature) => `.${signature[1] === 'A' ? 'B' : 'A'}${signature.slice(2)}`);
        expect(message((await send('GET', '/r', [['Authorization', `Bearer ${broken}`]])).body)).toBe('Invalid signature');
      },
      consumers,
    );
  });

  const HS = 'consumers: [{ username: a, jwt_secrets: [{ key: i, secret: c2VjcmV0 }] }]';
  test.each([
    ['in a cookie', '{ cookie_names: [session] }', (token: string) => ['/r', [['Cookie', `a=b; session=${token}`]]]],
    ['in an argument', '{}', (token: string) => [`/r?jwt=${token}`, []]],
    ['in another header', '{ header_names: [x-token] }', (token: string) => ['/r', [['X-Token', `bearer ${token}`]]]],
  ] as [string, string, (token: string) => [string, Header[]]][])('a token is found %s', async (_, config, place) => {
    await withPlugins(
      `{ name: jwt, config: ${config} }`,
      async ({ send }) => {
        const [path, headers] = place(forge({ alg: 'HS256' }, { iss: 'i' }, 'c2VjcmV0'));
        expect((await send('GET', path, headers)).status).toBe(200);
      },
      HS,
    );
  });

  test('the same token twice is one; two different ones are refused', async () => {
    await withPlugins(
      '{ name: jwt }',
      async ({ send }) => {
        const token = forge({ alg: 'HS256' }, { iss: 'i' }, 'c2VjcmV0');
        expect((await send('GET', `/r?jwt=${token}`, [['Authorization', `Bearer ${token}`]])).status).toBe(200);
        const wire = await send('GET', `/r?jwt=${token}x`, [['Authorization', `Bearer ${token}`]]);
        expect([wire.status, wire.body]).toEqual([401, '{"message":"Multiple tokens provided"}']);
      },
      HS,
    );
  });

  test('a secret can be base64, the issuer stand in the header, and a realm in the challenge', async () => {
    await withPlugins(
      '{ name: jwt, config: { secret_is_base64: true, key_claim_name: kid, realm: here } }',
      async ({ send }) => {
        const token = forge({ alg: 'HS256', kid: 'i' }, {}, 'secret');
        expect((await send('GET', '/r', [['Authorization', `Bearer ${token}`]])).status).toBe(200);
        expect(headerOf(await send('GET', '/r'), 'www-authenticate')).toBe('Bearer realm="here"');
      },
      HS,
    );
  });

  test('every claim that is wrong is named, and a life that is too long', async () => {
    const now = Math.floor(Date.now() / 1000);
    await withPlugins(
      '{ name: jwt, config: { claims_to_verify: [exp, nbf], maximum_expiration: 60 } }',
      async ({ send }) => {
        const bodyOf = async (claims: object): Promise<string> =>
          (await send('GET', '/r', [['Authorization', `Bearer ${forge({ alg: 'HS256' }, { iss: 'i', ...claims }, 'c2VjcmV0')}`]])).body;
        expect(JSON.parse(await bodyOf({ exp: now - 1, nbf: now + 9 }))).toEqual({ exp: 'token expired', nbf: 'token not valid yet' });
        expect(await bodyOf({ exp: now + 600, nbf: now })).toBe('{"exp":"exceeds maximum allowed expiration"}');
      },
      HS,
    );
  });
});
