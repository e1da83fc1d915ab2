import { describe, expect, test } from 'vitest';
import docs from '../../../functions/docs/worker.ts';
import { call, expectProblem, expectStatus } from '../call.ts';

// No world: nothing of these answers depends on a configuration, a dependency or a caller.
const nobody = { token: null, tenant: '', roles: '' };

describe('GET /openapi.json', () => {
  test('is the document, for whoever asks', async () => {
    const answer = await call(docs, {}, { path: '/openapi.json', as: nobody });
    expectStatus(answer, 200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.body.openapi).toBe('3.1.1');
    expect(Object.keys(answer.body.paths)).toContain('/query');
  });
});

describe('GET /docs', () => {
  test('is a page that runs no script and loads nothing: its policy lets its own style through, and no more', async () => {
    const { status, headers, text } = await call(docs, {}, { path: '/docs', as: nobody });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(text).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|javascript:|@import|url\(/i);
    const style = /<style>([^]*?)<\/style>/.exec(text)![1]!;
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });

  test('tells of every operation and schema, and each of its links leads somewhere', async () => {
    const { text } = await call(docs, {}, { path: '/docs', as: nobody });
    const { body } = await call(docs, {}, { path: '/openapi.json', as: nobody });
    const ids = new Set(Array.from(text.matchAll(/\sid="([^"]+)"/g), ([, id]) => id!));
    const operations = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    const schemas = Object.keys(body.components.schemas as object).map((name) => `schema-${name}`);
    expect([...operations, ...schemas].filter((id) => !ids.has(id))).toEqual([]);
    const links = Array.from(text.matchAll(/href="#([^"]+)"/g), ([, id]) => id!);
    expect(links.filter((id) => !ids.has(id))).toEqual([]);
    expect(ids.size).toBe(Array.from(text.matchAll(/\sid="/g)).length);
  });

  test('HEAD answers the same without a body', async () => {
    const answer = await call(docs, {}, { method: 'HEAD', path: '/docs', as: nobody });
    expect([answer.status, answer.text]).toEqual([200, '']);
  });
});

test.each(['/docs', '/openapi.json'])('405: %s is read and nothing else', async (path) => {
  const answer = await call(docs, {}, { method: 'POST', path, json: {}, as: nobody });
  expectProblem(answer, 405, 'method_not_allowed');
  expect(answer.headers.get('allow')).toBe('GET');
});

test('404: a path beside them', async () => {
  expectProblem(await call(docs, {}, { path: '/docs/more', as: nobody }), 404, 'route_not_found');
});
