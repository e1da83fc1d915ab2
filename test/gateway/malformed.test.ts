import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reached, startProject, type Project } from './support/project.ts';
import { sendRaw } from './support/wire.ts';

let project: Project;
beforeAll(async () => {
  project = await startProject((text) => text.replaceAll(/minute: \d+/g, 'minute: 100000'));
});
afterAll(() => project.close());

type Header = readonly [string, string];
const SEARCH = '/api/v1/rag/search';
const key = (): Header => ['apikey', project.values.DECK_API_KEY!];

describe('request smuggling', () => {
  const head = (lines: string[]): string => `POST ${SEARCH} HTTP/1.1\r\nHost: a\r\n${key().join(': ')}\r\n${lines.join('\r\n')}\r\n\r\n`;
  test.each([
    ['both a length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n', 400],
    ['chunks and then a length', ['Transfer-Encoding: chunked', 'Content-Length: 4'], '0\r\n\r\n', 400],
    ['two different lengths', ['Content-Length: 4', 'Content-Length: 5'], 'abcd', 400],
    ['two equal lengths', ['Content-Length: 4', 'Content-Length: 4'], 'abcd', 400],
    ['a signed length', ['Content-Length: +4'], 'abcd', 400],
    ['a length that is no number', ['Content-Length: 4x'], 'abcd', 400],
    ['an unknown transfer coding', ['Transfer-Encoding: gzip'], 'abcd', 501],
    ['chunked, twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '0\r\n\r\n', 400],
    ['a disguised coding', ['Transfer-Encoding: xchunked'], '0\r\n\r\n', 501],
    ['a space before the colon', ['Transfer-Encoding : chunked'], '0\r\n\r\n', 400],
    ['a broken chunk size', ['Transfer-Encoding: chunked'], 'zz\r\nabcd\r\n0\r\n\r\n', 400],
    ['a chunk that is longer than it says', ['Transfer-Encoding: chunked'], '2\r\nabcd\r\n0\r\n\r\n', 400],
    ['a line break inside a header', ['X-A: b\rContent-Length: 4'], 'abcd', 400],
    ['two hosts', ['Host: b'], '', 400],
  ] as [string, string[], string, number][])('%s is refused, and the connection is closed', async (_, lines, body, status) => {
    const wire = await sendRaw(project.url, head(lines) + body);
    expect(wire, wire.body).toMatchObject({ status });
    expect(wire.headers).toContainEqual(['Connection', 'close']);
  });

  test('a request without a host is refused', async () => {
    expect(await sendRaw(project.url, `GET ${SEARCH} HTTP/1.1\r\n\r\n`)).toMatchObject({ status: 400 });
  });

  test('what is left of a refused body is never taken for a request', async () => {
    const smuggled = `GET /api/v1/rag/status/health HTTP/1.1\r\nHost: a\r\n\r\n`;
    const wire = await sendRaw(project.url, `${head(['Content-Length: 4', 'Transfer-Encoding: chunked'])}0\r\n\r\n${smuggled}`);
    expect(wire.status).toBe(400);
    expect(wire.body).toContain('Bad request');
  });
});

describe('path tricks', () => {
  test.each([
    ['//api/v1/rag/search', 200, '/api/v1/rag/search'],
    ['/api/v1//rag/./search', 200, '/api/v1/rag/search'],
    ['/api/v1/rag/collections/../search', 200, '/api/v1/rag/search'],
    ['/api/v1/rag/%73earch', 200, '/api/v1/rag/search'],
    ['/api/v1/rag/status/health/%2e%2e/breakers/x', 200, '/api/v1/rag/status/breakers/x'],
    ['/api/v1/rag/search%2F..%2Fstatus', 404, ''],
    ['/api/v1/rag/search%2fx', 404, ''],
    ['/api/v1/rag/search.', 404, ''],
    ['/api/v1/rag/SEARCH', 404, ''],
    ['/api/v1/rag/search;x', 404, ''],
    ['/api/v1/rag/status/health/', 404, ''],
    ['/../api/v1/rag/search', 400, ''],
    ['/api/%2e%2e/%2e%2e/%2e%2e/etc', 400, ''],
    ['/api/v1/rag/search%00', 400, ''],
    ['/api/v1/rag/search%zz', 400, ''],
    ['*', 400, ''],
  ])('%s is %i', async (path, status, url) => {
    const wire = await project.send('GET', path, [key()]);
    expect(wire, wire.body).toMatchObject({ status });
    if (status === 200) expect(reached(wire).url).toBe(url);
  });

  test('no spelling of a path comes in without a key', async () => {
    for (const path of [
      '//api/v1/rag/search',
      '/api/v1/rag/%73earch',
      '/api/v1/rag/status/health/../../search',
      '/api/v1/rag/status/health/%2e%2e',
    ]) {
      const wire = await project.send('GET', path);
      expect(wire, `${path} ${wire.body}`).toMatchObject({ status: 401 });
    }
  });
});

describe('sizes', () => {
  test('a request line or a header that is too long is refused, and the connection is closed', async () => {
    const long = await project.send('GET', `${SEARCH}?q=${'a'.repeat(9000)}`, [key()]);
    expect(long).toMatchObject({ status: 414, reason: 'Request-URI Too Large' });
    expect(long.headers).toContainEqual(['Connection', 'close']);
    expect(await project.send('GET', SEARCH, [key(), ['X-Big', 'a'.repeat(9000)]])).toMatchObject({ status: 400 });
    expect(await project.send('GET', SEARCH, [key(), ['X-Big', 'a'.repeat(200_000)]])).toMatchObject({ status: 400 });
    expect(await project.send('GET', SEARCH, [key(), ['X-Big', 'a'.repeat(8000)]])).toMatchObject({ status: 200 });
  });

  test('a body over a megabyte is refused by its length, also while the client waits to send it', async () => {
    const declared: Header = ['Content-Length', '1048577'];
    expect(await project.send('POST', SEARCH, [key(), declared])).toMatchObject({ status: 413 });
    expect(await project.send('POST', SEARCH, [key(), declared, ['Expect', '100-continue']])).toMatchObject({ status: 417 });
    expect(await project.send('POST', '/api/v1/rag/ingest', [key()], 'x'.repeat(1_048_577))).toMatchObject({ status: 200 });
    expect(await project.send('POST', '/api/v1/rag/ingest', [key(), ['Content-Length', '16777217']])).toMatchObject({ status: 413 });
  });
});
