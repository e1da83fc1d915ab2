import { describe, expect, test } from 'vitest';
import { normalisePath, upstreamPath } from '../../local/gateway/http/path.ts';
import { headerOf, startSmall } from './support/site.ts';

type Header = readonly [string, string];

describe('paths', () => {
  test.each([
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a//b', '/a/b'],
    ['/a/..', '/'],
    ['/../a', '/a'],
    ['/%61%2f%2F', '/a%2F%2F'],
    ['/a%2e%2e/b', '/a../b'],
    ['/%2e%2e/a', '/a'],
    ['/a/.', '/a/'],
    ['/', '/'],
  ])('%s is matched as %s', (path, normal) => {
    expect(normalisePath(path)).toBe(normal);
  });

  test.each([
    ['/', '/r/a', '/r', '/a'],
    ['/', '/r', '/r', '/'],
    ['/', '/r/', '/r', '/'],
    ['/base', '/r', '/r', '/base'],
    ['/base', '/r/', '/r', '/base/'],
    ['/base/', '/r', '/r', '/base'],
    ['/base/', '/r/a', '/r', '/base/a'],
    ['/base', '/rx', '/r', '/base/x'],
    ['/base', '/r/a', null, '/base/r/a'],
    ['/base/', '/r/a', null, '/base/r/a'],
    ['/base', '/', null, '/base'],
  ])('service %s, request %s, cut %s: %s', (base, path, cut, expected) => {
    expect(upstreamPath(base, path, cut)).toBe(expected);
  });
});

/** Starts routes that each answer with a status of their own, and gives the status of a request. */
async function winner(routes: string[], method: string, path: string, headers: Header[] = []): Promise<number> {
  const write = (url: string): string => {
    const list = routes.map(
      (route, i) => `{ name: r${i}, ${route}, plugins: [{ name: request-termination, config: { status_code: ${510 + i} } }] }`,
    );
    return `services: [{ name: s, url: "${url}", routes: [${list.join(', ')}] }]`;
  };
  const small = await startSmall(write);
  try {
    const { status } = await small.send(method, path, headers);
    return status === 404 ? 404 : status - 510;
  } finally {
    await small.close();
  }
}

describe('which route wins', () => {
  test.each([
    ['the longer prefix', ['paths: [/a]', 'paths: [/a/b]'], 'GET', '/a/b/c', [], 1],
    ['an expression over a longer prefix', ['paths: ["~/a"]', 'paths: [/a/b]'], 'GET', '/a/b/c', [], 0],
    ['the higher regex_priority', ['paths: ["~/a.*"]', 'paths: ["~/a/.*"], regex_priority: 1'], 'GET', '/a/b', [], 1],
    ['more kinds of criteria', ['paths: ["~/a/b/c"]', 'paths: [/a], methods: [GET]'], 'GET', '/a/b/c', [], 1],
    [
      'a plain host over a wildcard',
      ['hosts: ["*.example"], paths: [/a]', 'hosts: [b.example], paths: [/a]'],
      'GET',
      '/a',
      [['Host', 'b.example']],
      1,
    ],
    [
      'more headers',
      ['paths: [/a], headers: { x-a: ["1"] }', 'paths: [/a], headers: { x-a: ["1"], x-b: ["1"] }'],
      'GET',
      '/a',
      [
        ['X-A', '1'],
        ['X-B', '1'],
      ],
      1,
    ],
    ['one of several prefixes', ['paths: [/x, /abc, /a]', 'paths: [/ab]'], 'GET', '/abcd', [], 0],
    ['the same, by its shorter prefix', ['paths: [/x, /abc, /a]', 'paths: [/ab]'], 'GET', '/abd', [], 1],
    ['another method', ['paths: [/a], methods: [POST]'], 'GET', '/a', [], 404],
    ['a wildcard at the end of a host', ['hosts: ["b.*"]'], 'GET', '/', [['Host', 'b.example:8000']], 0],
    ['a host with a port', ['hosts: ["b.example:81"]'], 'GET', '/', [['Host', 'b.example:81']], 0],
    ['a host with another port', ['hosts: ["b.example:81"]'], 'GET', '/', [['Host', 'b.example:82']], 404],
    ['header values without regard to case', ['headers: { X-A: [One, two] }'], 'GET', '/', [['x-a', 'TWO']], 0],
    ['a header by expression', ['headers: { x-a: ["~*^v[0-9]+$"] }'], 'GET', '/', [['X-A', 'V12']], 0],
    ['a header that is not there', ['headers: { x-a: [one] }'], 'GET', '/', [], 404],
    ['an expression is anchored at the start only', ['paths: ["~/a"]'], 'GET', '/b/a', [], 404],
    ['a prefix is not bound to segments', ['paths: [/a]'], 'GET', '/ab', [], 0],
  ] as [string, string[], string, string, Header[], number][])('%s', async (_, routes, method, path, headers, index) => {
    expect(await winner(routes, method, path, headers)).toBe(index);
  });
});

describe('what the service is told', () => {
  test('a stripped expression takes what it matched; its named groups serve templates', async () => {
    const small = await startSmall(
      (url) =>
        `services: [{ name: s, url: "${url}/base", routes: [{ name: r, paths: ['~/v(?<major>\\d+)/'], plugins: [{ name: request-transformer, config: { add: { headers: ['X-Major:$(uri_captures.major)', 'X-First:$(uri_captures[1])'] } } }] }] }]`,
    );
    try {
      const { url, headers } = await small.ask('GET', '/v12/things?a=b');
      expect(url).toBe('/base/things?a=b');
      expect(headers).toMatchObject({ 'x-major': '12', 'x-first': '12', 'x-forwarded-prefix': '/v12/', 'x-forwarded-path': '/v12/things' });
    } finally {
      await small.close();
    }
  });

  test('preserve_host passes the host on; a route without a service is 503', async () => {
    const small = await startSmall(
      (url) =>
        `services: [{ name: s, url: "${url}", routes: [{ name: r, paths: [/r], preserve_host: true }] }]\nroutes: [{ name: lone, paths: [/lone] }]`,
    );
    try {
      expect((await small.ask('GET', '/r', [['Host', 'a.example:99']])).headers).toMatchObject({
        host: 'a.example:99',
        'x-forwarded-host': 'a.example',
      });
      const wire = await small.send('GET', '/lone');
      expect([wire.status, wire.body.includes('no Service found with those values')]).toEqual([503, true]);
    } finally {
      await small.close();
    }
  });

  test('HTTPS only: 426, or a redirect when the route says so', async () => {
    const small = await startSmall(
      (url) =>
        `services: [{ name: s, url: "${url}", routes: [{ name: r, paths: [/r], protocols: [https], https_redirect_status_code: 301 }] }]`,
    );
    try {
      const wire = await small.send('GET', '/r?a=1', [['Host', 'a.example:8000']]);
      expect([wire.status, headerOf(wire, 'location')]).toEqual([301, 'https://a.example/r?a=1']);
    } finally {
      await small.close();
    }
  });
});
