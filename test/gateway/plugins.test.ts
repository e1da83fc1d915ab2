import { describe, expect, test } from 'vitest';
import { headerOf, startSmall, withPlugins } from './support/site.ts';

type Header = readonly [string, string];
const ALICE =
  'consumers: [{ username: alice, custom_id: a, acls: [{ group: users }], keyauth_credentials: [{ key: alice-key }] }, { username: bob, keyauth_credentials: [{ key: bob-key }] }]';
const alice: Header = ['apikey', 'alice-key'];
const message = (body: string): unknown => (JSON.parse(body) as { message: unknown }).message;

describe('cors', () => {
  const preflight: Header[] = [
    ['Origin', 'https://app.example'],
    ['Access-Control-Request-Method', 'PUT'],
  ];
  test.each([
    ['a regular expression is anchored', '{ origins: ["https://.*.example"] }', 'https://app.example.evil', undefined],
    [
      'a host without a scheme is matched by host',
      '{ origins: ["(app|web)[.]example"] }',
      'http://app.example:81',
      'http://app.example:81',
    ],
    [
      'the usual port is no port',
      '{ origins: ["https://a.example", "https://app.example:443"] }',
      'https://app.example',
      'https://app.example',
    ],
    ['a star among others allows all', '{ origins: ["https://a.example", "*"] }', 'https://any.example', '*'],
    ['nothing configured allows all', '{}', 'https://any.example', '*'],
    ['null is an origin like another', '{ origins: ["https://a.example", "null"] }', 'null', 'null'],
  ])('%s', async (_, config, origin, allowed) => {
    await withPlugins(`{ name: cors, config: ${config} }`, async ({ send }) => {
      expect(headerOf(await send('GET', '/r', [['Origin', origin]]), 'access-control-allow-origin')).toBe(allowed);
    });
  });

  test('a preflight can be left to the service, and then bears no headers of the gateway', async () => {
    await withPlugins('{ name: cors, config: { preflight_continue: true } }', async ({ send }) => {
      const wire = await send('OPTIONS', '/r', preflight);
      expect(wire.status).toBe(200);
      expect(headerOf(wire, 'access-control-allow-origin')).toBeUndefined();
    });
  });

  test('a private network is allowed when the browser asks and the file says so', async () => {
    await withPlugins('{ name: cors, config: { private_network: true, methods: [PUT], max_age: 5 } }', async ({ send }) => {
      const wire = await send('OPTIONS', '/r', [...preflight, ['Access-Control-Request-Private-Network', 'true']]);
      expect([headerOf(wire, 'access-control-allow-private-network'), headerOf(wire, 'access-control-allow-methods')]).toEqual([
        'true',
        'PUT',
      ]);
      expect(headerOf(wire, 'access-control-max-age')).toBe('5');
    });
  });
});

describe('ip-restriction', () => {
  test.each([
    ['{ allow: [127.0.0.1] }', 200],
    ['{ allow: [127.0.0.0/8], deny: [127.0.0.1/32] }', 403],
    ['{ deny: [10.0.0.0/8] }', 200],
    ["{ allow: ['::1'] }", 403],
    ['{ allow: [10.0.0.1], status: 404, message: gone }', 404],
  ])('%s', async (config, status) => {
    await withPlugins(`{ name: ip-restriction, config: ${config} }`, async ({ send }) => {
      expect((await send('GET', '/r', [['X-Forwarded-For', '10.0.0.1']])).status).toBe(status);
    });
  });
});

describe('request-size-limiting', () => {
  test.each([
    ['4 bytes', '{ allowed_payload_size: 4, size_unit: bytes }', 4],
    ['1 kilobyte', '{ allowed_payload_size: 1, size_unit: kilobytes }', 1024],
    ['1 megabyte', '{ allowed_payload_size: 1 }', 1_048_576],
  ])('%s and not one more', async (_, config, limit) => {
    await withPlugins(`{ name: request-size-limiting, config: ${config} }`, async ({ send }) => {
      expect((await send('POST', '/r', [], 'x'.repeat(limit))).status).toBe(200);
      expect((await send('POST', '/r', [], 'x'.repeat(limit + 1))).status).toBe(413);
    });
  });

  test('a length can be required, of a GET too', async () => {
    await withPlugins('{ name: request-size-limiting, config: { require_content_length: true } }', async ({ send }) => {
      const wire = await send('GET', '/r');
      expect([wire.status, wire.reason, message(wire.body)]).toEqual([411, 'Length Required', 'A valid Content-Length header is required']);
    });
  });
});

describe('request-termination', () => {
  test.each([
    ['the default', '{}', 503, '{"message":"Service unavailable"}', 'application/json; charset=utf-8'],
    ['a status without a message', '{ status_code: 204 }', 204, '', undefined],
    ['a message', '{ status_code: 418, message: a/b }', 418, '{"message":"a\\/b"}', 'application/json; charset=utf-8'],
    ['a body of a type', '{ status_code: 200, body: "<p>", content_type: text/html }', 200, '<p>', 'text/html; charset=UTF-8'],
    ['a body without a type', '{ status_code: 200, body: x }', 200, 'x', undefined],
  ])('%s', async (_, config, status, body, type) => {
    await withPlugins(`{ name: request-termination, config: ${config} }`, async ({ send }) => {
      const wire = await send('GET', '/r');
      expect([wire.status, wire.body, headerOf(wire, 'content-type')]).toEqual([status, body, type]);
    });
  });

  test('a trigger in a header or an argument sets it off', async () => {
    await withPlugins('{ name: request-termination, config: { trigger: x-stop } }', async ({ send }) => {
      expect((await send('GET', '/r')).status).toBe(200);
      expect((await send('GET', '/r', [['X-Stop', '']])).status).toBe(503);
      expect((await send('GET', '/r?x-stop')).status).toBe(503);
    });
  });
});

describe('one configuration a request', () => {
  const terminate = (code: number, scope = ''): string => `{ name: request-termination, config: { status_code: ${code} }${scope} }`;
  const write =
    (plugins: string[]) =>
    (url: string): string =>
      `services: [{ name: s, url: "${url}", routes: [{ name: r, paths: [/r], plugins: [{ name: key-auth }] }] }]
plugins: [${plugins.join(', ')}]
${ALICE}`;
  // From the least to the most specific: each one beats all before it.
  const SCOPES = [
    '',
    ', service: s',
    ', route: r',
    ', consumer: alice',
    ', route: r, service: s',
    ', service: s, consumer: alice',
    ', route: r, consumer: alice',
    ', route: r, service: s, consumer: alice',
  ];
  test.each(SCOPES.map((scope, index) => [scope === '' ? 'global' : scope.slice(2), index] as const))(
    '%s wins over all that is less specific',
    async (_, index) => {
      const small = await startSmall(write(SCOPES.slice(0, index + 1).map((scope, i) => terminate(510 + i, scope))));
      try {
        expect((await small.send('GET', '/r', [alice])).status).toBe(510 + index);
      } finally {
        await small.close();
      }
    },
  );

  test('what was refused early still passes the header filters of all plugins', async () => {
    await withPlugins(
      '{ name: key-auth }, { name: response-transformer, config: { add: { headers: ["X-Late:1"] } } }, { name: correlation-id, config: { echo_downstream: true, header_name: X-Id } }',
      async ({ send }) => {
        const wire = await send('GET', '/r', [['X-Id', 'mine']]);
        expect([wire.status, headerOf(wire, 'x-late'), headerOf(wire, 'x-id')]).toEqual([401, '1', 'mine']);
      },
    );
  });
});

describe('error bodies', () => {
  test.each([
    ['application/xml', 'application/xml; charset=utf-8', '<message>no Route matched with those values</message>'],
    ['text/html;q=0.5, text/plain', 'text/plain; charset=utf-8', 'no Route matched with those values\n'],
    ['text/html;q=0.9, application/json;q=0.1', 'text/html; charset=utf-8', '<p>no Route matched with those values.</p>'],
    ['text/*', 'text/plain; charset=utf-8', 'no Route'],
    ['application/*', 'application/json; charset=utf-8', '"message":"no Route'],
    ['image/png', 'application/json; charset=utf-8', '"message":"no Route'],
    ['text/html;q=0', 'application/json; charset=utf-8', '"message":"no Route'],
    ['text/html;q=0.3;level=1, text/plain;q=0.4', 'text/plain; charset=utf-8', 'no Route'],
  ])('Accept: %s', async (accept, type, body) => {
    await withPlugins('', async ({ send }) => {
      const wire = await send('GET', '/none', [['Accept', accept]]);
      expect(headerOf(wire, 'content-type')).toBe(type);
      expect(wire.body).toContain(body);
    });
  });
});
