import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../../local/gateway/gateway.ts';
import { headerOf, withPlugins } from './support/site.ts';
import { requestText, sendRaw, type Wire } from './support/wire.ts';

type Header = readonly [string, string];
const request = (config: string): string => `{ name: request-transformer, config: { ${config} } }`;

describe('request-transformer: headers', () => {
  test.each([
    ['add: only what is not there', 'add: { headers: ["X-A:new", "X-B:new"] }', [['X-A', 'old']], { 'x-a': 'old', 'x-b': 'new' }],
    ['replace: only what is there', 'replace: { headers: ["X-A:new", "X-B:new"] }', [['x-a', 'old']], { 'x-a': 'new', 'x-b': undefined }],
    [
      'remove: every one of the name',
      'remove: { headers: [X-A] }',
      [
        ['X-A', '1'],
        ['x-a', '2'],
      ],
      { 'x-a': undefined },
    ],
    ['rename: the value moves', 'rename: { headers: ["X-A:X-B"] }', [['X-A', '1']], { 'x-a': undefined, 'x-b': '1' }],
    ['append: beside what is there', 'append: { headers: ["X-A:2"] }', [['X-A', '1']], { 'x-a': '1, 2' }],
    ['append: to nothing', 'append: { headers: ["X-A:2"] }', [], { 'x-a': '2' }],
    [
      'remove and add: the new value alone',
      'remove: { headers: [X-A] }, add: { headers: ["X-A:new"] }',
      [['X-A', 'old']],
      { 'x-a': 'new' },
    ],
    [
      'rename before replace before add',
      'rename: { headers: ["X-A:X-B"] }, replace: { headers: ["X-B:r"] }, add: { headers: ["X-B:a"] }',
      [['X-A', '1']],
      { 'x-b': 'r' },
    ],
    ['a value with colons', 'add: { headers: ["X-A:http://a:1"] }', [], { 'x-a': 'http://a:1' }],
    [
      'a value from a header, an argument, or a text',
      'add: { headers: [\'X-A:$(headers["x-in"])\', "X-B:$(query_params.q)-$(query_params.no or \'none\')"] }',
      [['X-In', 'in']],
      { 'x-a': 'in', 'x-b': 'arg-none' },
    ],
    [
      'the host, by replace alone',
      'replace: { headers: ["Host:other.example"] }, add: { headers: ["Host:added"] }, remove: { headers: [Host] }',
      [],
      { host: 'other.example' },
    ],
  ] as [string, string, Header[], Record<string, string | undefined>][])('%s', async (_, config, headers, expected) => {
    await withPlugins(request(config), async ({ ask }) => {
      const seen = (await ask('GET', '/r?q=arg', headers)).headers;
      for (const [name, value] of Object.entries(expected)) expect(seen[name], name).toBe(value);
    });
  });
});

describe('request-transformer: arguments', () => {
  test.each([
    ['add', 'add: { querystring: ["a:new", "b:new"] }', '?a=old', '/?a=old&b=new'],
    ['replace', 'replace: { querystring: ["a:new", "b:new"] }', '?a=old', '/?a=new'],
    ['remove', 'remove: { querystring: [a] }', '?a=1&b=2', '/?b=2'],
    ['remove the last one', 'remove: { querystring: [a] }', '?a=1', '/'],
    ['rename', 'rename: { querystring: ["a:z"] }', '?a=1&b=2', '/?b=2&z=1'],
    ['append', 'append: { querystring: ["a:2"] }', '?a=1', '/?a=1&a=2'],
    ['what is written anew is encoded and sorted', 'add: { querystring: ["a:x y"] }', '?c=%2f&b', '/?a=x%20y&b&c=%2F'],
  ])('%s', async (_, config, query, url) => {
    await withPlugins(request(config), async ({ ask }) => expect((await ask('GET', `/r${query}`)).url).toBe(url));
  });

  test('a query that nothing touches arrives byte for byte', async () => {
    await withPlugins(request('add: { headers: ["X-A:1"] }'), async ({ ask }) => {
      for (const query of ['?a=x+y&b=%2f', '?', '?a=1?b=2', '?%zz']) expect((await ask('GET', `/r${query}`)).url).toBe(`/${query}`);
    });
  });
});

test('request-transformer: a path and a method can be replaced', async () => {
  const config = `http_method: PUT, replace: { uri: '/new/$(headers["x-id"] or "none")' }`;
  await withPlugins(request(config), async ({ ask }) => {
    expect(await ask('GET', '/r/old', [['X-Id', '7']])).toMatchObject({ method: 'PUT', url: '/new/7' });
    expect(await ask('GET', '/r/old')).toMatchObject({ url: '/new/none' });
  });
});

/** Sends a body through a gateway and gives the body and type that reached the service. */
async function bodyThrough(plugins: string, type: string, body: string): Promise<{ body: string; length: string | undefined }> {
  const got = Promise.withResolvers<{ body: string; length: string | undefined }>();
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.setEncoding('latin1');
    incoming.on('data', (chunk) => {
      text += String(chunk);
    });
    incoming.on('end', () => {
      got.resolve({ body: text, length: incoming.headers['content-length'] });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = `_format_version: "3.0"\nservices: [{ name: up, url: "${url}", routes: [{ name: r, paths: [/r], plugins: [${plugins}] }] }]`;
  const gateway = await startGateway({ config, port: 0, log: () => {} });
  try {
    await sendRaw(gateway.url, requestText('POST', '/r', [['Content-Type', type]], body));
    return await got.promise;
  } finally {
    await gateway.close();
    server.close();
  }
}

describe('request-transformer: bodies', () => {
  const every =
    'remove: { body: [gone] }, rename: { body: ["old:new"] }, replace: { body: ["a:R", "no:R"] }, add: { body: ["b:A", "a:A"] }, append: { body: ["c:2"] }';
  test('a JSON object', async () => {
    const { body, length } = await bodyThrough(request(every), 'application/json', '{"gone":1,"old":"o","a":"x","c":"1","u":"a/b"}');
    expect(JSON.parse(body)).toEqual({ new: 'o', a: 'R', b: 'A', c: ['1', '2'], u: 'a/b' });
    expect(body).toContain('a\\/b');
    expect(length).toBe(String(body.length));
  });

  test('a form', async () => {
    const { body } = await bodyThrough(request(every), 'application/x-www-form-urlencoded', 'gone=1&old=o&a=x&c=1');
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ new: 'o', a: 'R', b: 'A', c: '2' });
    expect(new URLSearchParams(body).getAll('c')).toEqual(['1', '2']);
  });

  test('a multipart form', async () => {
    const part = (name: string, value: string): string => `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const { body } = await bodyThrough(
      request(every),
      'multipart/form-data; boundary=B',
      `${part('gone', '1')}${part('old', 'o')}${part('a', 'x')}--B--\r\n`,
    );
    expect(body).toBe(`${part('a', 'R')}${part('new', 'o')}${part('b', 'A')}--B--\r\n`);
  });

  test.each([
    ['JSON that does not parse', 'application/json', '{"a":'],
    ['another type', 'text/plain', 'a=1'],
  ])('%s stays as it is', async (_, type, body) => {
    expect((await bodyThrough(request(every), type, body)).body).toBe(body);
  });
});

describe('response-transformer', () => {
  const response = (config: string): string => `{ name: response-transformer, config: { ${config} } }`;
  const through = async (config: string): Promise<Wire> => {
    let wire: Wire | undefined;
    await withPlugins(response(config), async ({ send }) => {
      wire = await send('GET', '/r');
    });
    return wire!;
  };

  test.each([
    ['remove', 'remove: { headers: [X-Upstream] }', { 'x-upstream': undefined }],
    ['rename', 'rename: { headers: ["X-Upstream:X-New"] }', { 'x-upstream': undefined, 'x-new': '1' }],
    ['replace what is there', 'replace: { headers: ["X-Upstream:2", "X-No:2"] }', { 'x-upstream': '2', 'x-no': undefined }],
    ['add what is not there', 'add: { headers: ["X-Upstream:2", "X-New:2"] }', { 'x-upstream': '1', 'x-new': '2' }],
    [
      'replace and add: one value for certain',
      'replace: { headers: ["X-Upstream:2", "X-New:2"] }, add: { headers: ["X-Upstream:2", "X-New:2"] }',
      { 'x-upstream': '2', 'x-new': '2' },
    ],
    [
      'remove and add: what the service sent is gone, and not added',
      'remove: { headers: [X-Upstream] }, add: { headers: ["X-Upstream:2"] }',
      { 'x-upstream': undefined },
    ],
    ['underscores become dashes', 'add: { headers: ["X_New:2"] }', { 'x-new': '2', x_new: undefined }],
    [
      "Kong's own headers cannot be removed",
      'remove: { headers: [Via, Server, X-Kong-Request-Id] }',
      { via: '1.1 kong/3.9.1', server: 'kong/3.9.1' },
    ],
  ] as [string, string, Record<string, string | undefined>][])('%s', async (_, config, expected) => {
    const wire = await through(config);
    for (const [name, value] of Object.entries(expected)) expect(headerOf(wire, name), name).toBe(value);
  });

  test('append leaves what is there, and adds another line', async () => {
    const wire = await through('append: { headers: ["vary:X"] }');
    expect(wire.headers.filter(([name]) => name.toLowerCase() === 'vary').map(([, value]) => value)).toEqual(['Accept-Encoding', 'X']);
  });

  test('the members of a JSON body are changed, and the body is sent in chunks then', async () => {
    const wire = await through(
      'remove: { json: [headers, bodyLen] }, rename: { json: ["url:path"] }, replace: { json: ["method:PUT"] }, add: { json: ["n:5", "t:true"], json_types: [number, boolean] }, append: { json: ["l:x"] }',
    );
    expect(JSON.parse(wire.body)).toEqual({ method: 'PUT', path: '/', n: 5, t: true, l: ['x'] });
    expect(headerOf(wire, 'content-length')).toBeUndefined();
  });
});
