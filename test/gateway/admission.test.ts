import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reached, startProject, type Project } from './support/project.ts';

let project: Project;
beforeAll(async () => {
  project = await startProject((text) => text.replaceAll(/minute: \d+/g, 'minute: 100000'));
});
afterAll(() => project.close());

type Header = readonly [string, string];
const key = (): Header => ['apikey', project.values.DECK_API_KEY!];
const bearer = (token: string): Header => ['Authorization', `Bearer ${token}`];

function rs256(claims: object, privateKey: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createSign('sha256').update(signed).sign(privateKey, 'base64url')}`;
}

const seconds = (): number => Math.floor(Date.now() / 1000);

/** Every route, with a role that is not enough for it (null: open). */
const ROUTES: [method: string, path: string, needs: string | null][] = [
  ['GET', '/api/v1/rag/search?q=a', 'reader'],
  ['POST', '/api/v1/rag/search', 'reader'],
  ['POST', '/api/v1/rag/query', 'reader'],
  ['POST', '/api/v1/rag/ingest', 'writer'],
  ['GET', '/api/v1/rag/ingest/jobs', 'writer'],
  ['GET', '/api/v1/rag/ingest/jobs/1/events', 'writer'],
  ['DELETE', '/api/v1/rag/ingest/jobs/1', 'writer'],
  ['GET', '/api/v1/rag/collections', 'reader'],
  ['POST', '/api/v1/rag/collections', 'writer'],
  ['GET', '/api/v1/rag/collections/a/documents', 'reader'],
  ['DELETE', '/api/v1/rag/collections/a', 'writer'],
  ['DELETE', '/api/v1/rag/collections/a/documents/b', 'writer'],
  ['POST', '/api/v1/rag/collections/a/reindex', 'admin'],
  ['GET', '/api/v1/rag/status', 'reader'],
  ['POST', '/api/v1/rag/status/breakers/qdrant_search', 'admin'],
  ['POST', '/api/v1/rag/mcp', 'reader'],
  ['POST', '/v1/chat/completions', 'reader'],
  ['GET', '/v1/models', 'reader'],
  ['GET', '/v1/models/default', 'reader'],
  ['GET', '/api/v1/rag/status/health', null],
  ['GET', '/api/v1/rag/openapi.json', null],
  ['GET', '/api/v1/rag/docs', null],
];

describe('who comes in, with gateway/kong.yml', () => {
  test.each(ROUTES.filter(([, , needs]) => needs !== null))(
    '%s %s: no key is 401, a key is let through to its whole path',
    async (method, path) => {
      const refused = await project.send(method, path);
      expect(refused, refused.body).toMatchObject({ status: 401 });
      const { url, headers } = reached(await project.send(method, path, [key()]));
      expect(url).toBe(path);
      expect(headers).toMatchObject({ 'x-service-token': project.values.DECK_SERVICE_TOKEN, 'x-consumer-custom-id': 'developer' });
      expect(headers['x-consumer-groups']).toBe('reader, writer, admin');
      expect(headers).not.toHaveProperty('apikey');
    },
  );

  test('a key comes in as a bearer too, as OpenAI and MCP clients send it, and goes no further', async () => {
    const { headers } = reached(await project.send('GET', '/v1/models', [bearer(project.values.DECK_API_KEY!)]));
    expect(headers).toMatchObject({ 'x-consumer-custom-id': 'developer', 'x-consumer-groups': 'reader, writer, admin' });
    expect(headers).not.toHaveProperty('authorization');
    for (const wrong of ['wrong', `Bearer ${project.values.DECK_API_KEY}`, project.values.DECK_API_KEY!.slice(1)])
      expect((await project.send('GET', '/v1/models', [bearer(wrong)])).status, wrong).toBe(401);
    expect((await project.send('GET', '/v1/models', [['Authorization', `Basic ${project.values.DECK_API_KEY}`]])).status).toBe(401);
    // The name that is looked for first counts, so a wrong key beside a right bearer stays wrong.
    expect((await project.send('GET', '/v1/models', [['apikey', 'wrong'], bearer(project.values.DECK_API_KEY!)])).status).toBe(401);
  });

  test.each([
    ['reader', ['reader']],
    ['writer', ['reader', 'writer']],
    ['admin', ['reader', 'writer', 'admin']],
  ])('a caller that is %s at most passes the routes of its roles and gets 403 on the others', async (_, roles) => {
    const only = await startProject((text) => {
      const lost = ['reader', 'writer', 'admin'].filter((role) => !roles.includes(role));
      return text.replaceAll(new RegExp(`^.*group: (?:${lost.join('|') || 'none'}) .*$`, 'gm'), '');
    });
    try {
      for (const [method, path, needs] of ROUTES) {
        const wire = await only.send(method, path, [['apikey', only.values.DECK_API_KEY!]]);
        const allowed = needs === null || roles.includes(needs);
        expect(wire.status, `${method} ${path}: ${wire.body}`).toBe(allowed ? 200 : 403);
        if (!allowed) expect(JSON.parse(wire.body)).toMatchObject({ message: 'You cannot consume this service' });
      }
    } finally {
      await only.close();
    }
  });

  test('health is open: the service token is injected, and nothing that the caller says about itself arrives', async () => {
    const names = [
      'X-Consumer-ID',
      'X-Consumer-Custom-ID',
      'X-Consumer-Username',
      'X-Consumer-Groups',
      'X-Credential-Identifier',
      'X-Authenticated-Groups',
    ];
    const wire = await project.send('GET', '/api/v1/rag/status/health', [
      ...names.map((name): Header => [name, 'admin']),
      ['X-Service-Token', 'spoof'],
    ]);
    const { headers } = reached(wire);
    expect(headers['x-service-token']).toBe(project.values.DECK_SERVICE_TOKEN);
    for (const name of [...names, 'X-Anonymous-Consumer']) expect(headers).not.toHaveProperty(name.toLowerCase());
  });

  test.each([
    '/api/v1/rag/status/metrics',
    '/api/v1/rag/searchx',
    '/api/v1/rag',
    '/api/v1/rag/statusx',
    '/api/v1/rag/status/health/x',
    '/api/v1/rag/mcp/x',
    '/v1/embeddings',
    '/v1/modelsx',
    '/',
  ])('%s has no route', async (path) => {
    const wire = await project.send('GET', path, [key()]);
    expect(wire.status).toBe(404);
    expect(JSON.parse(wire.body)).toMatchObject({ message: 'no Route matched with those values' });
  });

  test.each(ROUTES)('a preflight of %s %s passes before authentication, for the dashboard alone', async (method, path) => {
    const headers: Header[] = [
      ['Origin', 'http://localhost:3103'],
      ['Access-Control-Request-Method', method],
      ['Access-Control-Request-Headers', 'apikey,idempotency-key,traceparent,tracestate'],
    ];
    const wire = await project.send('OPTIONS', path, headers);
    const value = (name: string): string => wire.headers.find(([each]) => each.toLowerCase() === name)?.[1] ?? '';
    expect(wire.status, wire.body).toBe(200);
    expect(value('access-control-allow-origin')).toBe('http://localhost:3103');
    expect(value('access-control-allow-methods').split(',')).toContain(method);
    expect(value('access-control-allow-headers').split(',')).toEqual(
      expect.arrayContaining(['apikey', 'Idempotency-Key', 'traceparent', 'tracestate']),
    );
  });

  test('a browser may read the request id, the limit and when to retry; every answer carries the security headers', async () => {
    for (const wire of [await project.send('GET', '/api/v1/rag/search', [key()]), await project.send('GET', '/api/v1/rag/search')]) {
      const headers = new Map(wire.headers.map(([name, value]) => [name.toLowerCase(), value]));
      expect(headers.get('access-control-expose-headers')).toContain('Retry-After');
      expect(headers.get('access-control-expose-headers')).toContain('RateLimit-Remaining');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  test('a token is as good as a key: HS256 and RS256, each under its own issuer', async () => {
    const hs = reached(await project.send('GET', '/api/v1/rag/search', [bearer(project.token())]));
    expect(hs.headers).toMatchObject({ 'x-consumer-custom-id': 'dashboard', 'x-credential-identifier': 'dashboard' });
    expect(hs.headers).not.toHaveProperty('authorization');
    const claims = { iss: 'dashboard-rs256', nbf: seconds() - 5, exp: seconds() + 60 };
    const rs = reached(await project.send('GET', '/api/v1/rag/search', [bearer(rs256(claims, project.privateKey))]));
    expect(rs.headers).toMatchObject({ 'x-consumer-custom-id': 'dashboard', 'x-credential-identifier': 'dashboard-rs256' });
  });

  test('an RS256 token of another key pair is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const token = rs256({ iss: 'dashboard-rs256', nbf: seconds() - 5, exp: seconds() + 60 }, privateKey);
    expect(await project.send('GET', '/api/v1/rag/search', [bearer(token)])).toMatchObject({ status: 401 });
  });
});
