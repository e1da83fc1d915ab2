import { lintFromString, loadConfig } from '@redocly/openapi-core';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Hono } from 'hono';
import collections from '../../../functions/collections/worker.ts';
import docs from '../../../functions/docs/worker.ts';
import ingest from '../../../functions/ingest/worker.ts';
import query from '../../../functions/query/worker.ts';
import search from '../../../functions/search/worker.ts';
import status from '../../../functions/status/worker.ts';
import type { App } from '../../../functions/_kernel/http/app.ts';
import { openApiDocument } from '../../../local/openapi/document.ts';
import { EXAMPLES } from '../../../local/openapi/examples.ts';
import { CODES } from '../../../local/openapi/failures.ts';
import { FILE, staleness } from '../../../local/openapi/main.ts';
import { BASE } from '../../../local/openapi/operation.ts';
import { OPERATIONS } from '../../../local/openapi/operations.ts';
import { namedSchemas } from '../../../local/openapi/schemas.ts';
import { WORDS } from '../../../local/openapi/words.ts';

type Operation = { operationId: string; responses: Record<string, { $ref?: string }> };
const document = openApiDocument('0') as unknown as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; responses: Record<string, object> };
};

test('the committed document is what the contracts say', () => {
  expect(staleness()).toBeNull();
});

test('it passes the linter’s rules without an error or a warning', async () => {
  const config = await loadConfig({ configPath: new URL('../../../local/openapi/redocly.yaml', import.meta.url).pathname });
  const lint = async (source: string) =>
    (await lintFromString({ source, absoluteRef: FILE.pathname, config })).map(
      ({ ruleId, message, location }) => `${ruleId} ${message} ${location[0]?.pointer ?? ''}`,
    );
  const source = readFileSync(FILE, 'utf8');
  expect(await lint(source)).toEqual([]);
  // And it is read by them at all: without a summary, with an example that is none, with a component that nobody uses.
  const broken = JSON.parse(source) as typeof document & { paths: { '/search': { post: { summary?: string } } } };
  delete broken.paths['/search'].post.summary;
  broken.components.schemas['Nobody'] = {};
  const found = (await lint(JSON.stringify(broken))).join('\n');
  expect(found).toContain('operation-summary');
  expect(found).toContain('no-unused-components');
});

describe('the table of operations', () => {
  const apps = { search, query, ingest, collections, status, docs } as unknown as Record<string, Hono<App>>;
  /** Not in the gateway, so not for callers. */
  const inside = new Set(['status get /status/metrics']);
  const described = OPERATIONS.map(({ function: fn, method, path }) => `${fn} ${method} ${path}`);

  test('is what the functions route, no more and no less', () => {
    const routed = Object.entries(apps).flatMap(([fn, app]) =>
      app.routes
        .filter(({ method }) => method !== 'ALL')
        .map(({ method, path }) => `${fn} ${method.toLowerCase()} ${path.slice(BASE.length).replaceAll(/:(\w+)/g, '{$1}')}`),
    );
    expect([...new Set(routed)].filter((one) => !inside.has(one)).toSorted()).toEqual(described.toSorted());
  });

  test('has every function but the page and those that speak a protocol which describes itself', () => {
    const functions = readdirSync(new URL('../../../functions', import.meta.url)).filter((name) => !name.startsWith('_'));
    const others = ['chat', 'dashboard', 'mcp'];
    expect(functions.filter((name) => !others.includes(name)).toSorted()).toEqual(Object.keys(apps).toSorted());
  });

  test('gives each operation an id of its own that can be a method’s name', () => {
    const ids = OPERATIONS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
  });

  test.each(OPERATIONS.filter(({ role }) => role !== null))(
    '$method $path asks for the role that it says',
    async ({ function: fn, method, path, role }) => {
      const token = 'x'.repeat(16) + 'service-token-of-this-test';
      const others = ['reader', 'writer', 'admin'].filter((one) => one !== role).join();
      const headers = { 'x-service-token': token, 'x-consumer-custom-id': 'ann', 'x-consumer-groups': others };
      const env = {
        SERVICE_TOKEN: token,
        QDRANT_URL: 'http://127.0.0.1:1',
        OLLAMA_URL: 'http://127.0.0.1:1',
        REDIS_URL: 'redis://127.0.0.1:1',
        OLLAMA_EMBEDDING_MODEL: 'a',
        OLLAMA_GENERATION_MODEL: 'b',
      };
      const answer = await apps[fn]!.request(
        `http://functions.test${BASE}${path.replaceAll(/[{}]/g, '')}`,
        { method: method.toUpperCase(), headers },
        env,
      );
      const body = (await answer.json()) as { code: string; detail: string };
      expect(body).toMatchObject({ code: 'role_missing', detail: expect.stringContaining(`the role ${role},`) });
    },
  );
});

describe('what it says', () => {
  test('every field has words, and no words are left from a field that went', () => {
    const spoken = new Set<string>();
    const silent: string[] = [];
    const walk = (path: string, schema: Record<string, unknown>): void => {
      for (const [name, field] of Object.entries((schema['properties'] ?? {}) as Record<string, Record<string, unknown>>)) {
        const at = `${path}.${name}`;
        spoken.add(at);
        // A dependency's name is its own description.
        if (field['description'] === undefined && !/circuitBreakers\./.test(at)) silent.push(at);
        walk(at, field);
      }
      const within = [schema['items'], ...((schema['anyOf'] ?? []) as unknown[])];
      for (const one of within) if (typeof one === 'object' && one !== null) walk(path, one as Record<string, unknown>);
    };
    for (const [name, schema] of Object.entries(namedSchemas())) {
      spoken.add(name);
      walk(name, schema);
    }
    expect(silent).toEqual([]);
    expect(Object.keys(WORDS).filter((key) => !spoken.has(key))).toEqual([]);
  });

  test('every body has an example, which its schema accepts', () => {
    const ajv = new Ajv2020({ strict: false });
    (addFormats as unknown as (instance: Ajv2020) => void)(ajv);
    ajv.addSchema(document, 'document');
    for (const [name, example] of Object.entries(EXAMPLES)) {
      const validate = ajv.compile({ $ref: `document#/components/schemas/${name}` });
      validate(example);
      expect(validate.errors, name).toBeNull();
    }
    const used = JSON.stringify(document.paths).matchAll(/"application\/json":\{"schema":\{"\$ref":"#\/components\/schemas\/(\w+)"\}\}/g);
    expect([...used].map(([, name]) => name).filter((name) => name !== 'GatewayError')).toEqual([]);
  });

  test('every code of the service is an answer of some operation, with an example', () => {
    const text = JSON.stringify(document.components.responses);
    expect(CODES.filter((code) => !text.includes(`"${code}":{"value"`))).toEqual([]);
  });

  test('every operation has a success, 404, 405, 429 and 500; every closed one 401 and 403 besides', () => {
    for (const { path, method, role } of OPERATIONS) {
      const statuses = Object.keys(document.paths[path]![method]!.responses);
      const expected = ['404', '405', '429', '500', '502', '503', '504', ...(role === null ? [] : ['401', '403'])];
      expect(
        expected.filter((one) => !statuses.includes(one)),
        `${method} ${path}`,
      ).toEqual([]);
      expect(
        statuses.some((one) => one.startsWith('2')),
        `${method} ${path}`,
      ).toBe(true);
    }
  });
});
