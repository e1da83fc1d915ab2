import { lintFromString, loadConfig } from '@redocly/openapi-core';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Hono } from 'hono';
import chat from '../../../functions/chat/worker.ts';
import collections from '../../../functions/collections/worker.ts';
import docs from '../../../functions/docs/worker.ts';
import ingest from '../../../functions/ingest/worker.ts';
import mcp from '../../../functions/mcp/worker.ts';
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

type Media = { example?: unknown; examples?: Record<string, { value: unknown }> };
const escape = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

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
  const apps = { search, query, ingest, collections, status, docs, mcp, chat } as unknown as Record<string, Hono<App>>;
  /** Not in the gateway, so not for callers. */
  const inside = new Set([`status get ${BASE}/status/metrics`]);
  const described = OPERATIONS.map(({ function: fn, method, base = BASE, path }) => `${fn} ${method} ${base}${path}`);

  test('is what the functions route, no more and no less', () => {
    const routed = Object.entries(apps).flatMap(([fn, app]) =>
      app.routes
        .filter(({ method }) => method !== 'ALL')
        .map(({ method, path }) => `${fn} ${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
    );
    expect([...new Set(routed)].filter((one) => !inside.has(one)).toSorted()).toEqual(described.toSorted());
  });

  test('has every function but the page', () => {
    const functions = readdirSync(new URL('../../../functions', import.meta.url)).filter((name) => !name.startsWith('_'));
    expect(functions.filter((name) => name !== 'dashboard').toSorted()).toEqual(Object.keys(apps).toSorted());
  });

  test('gives each operation an id of its own that can be a method’s name', () => {
    const ids = OPERATIONS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
  });

  test.each(OPERATIONS.filter(({ role }) => role !== null))(
    '$method $path asks for the role that it says',
    async ({ function: fn, method, base = BASE, path, role, speaks }) => {
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
        `http://functions.test${base}${path.replaceAll(/[{}]/g, '')}`,
        { method: method.toUpperCase(), headers },
        env,
      );
      const told = (await answer.json()) as { error: { code: string; message: string } };
      const body = speaks === 'openai' ? { code: told.error.code, detail: told.error.message } : told;
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
    const bodies: { at: string; media: Media }[] = [];
    const walk = (at: string, value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (key !== 'content') walk(`${at}/${escape(key)}`, inner);
        else
          for (const [type, media] of Object.entries(inner as Record<string, Media>))
            bodies.push({ at: `${at}/content/${escape(type)}`, media });
      }
    };
    walk('/paths', document.paths);
    walk('/components/responses', document.components.responses);
    expect(bodies.length).toBeGreaterThan(60);
    // A picture of bytes says nothing to a reader.
    const told = bodies.filter(({ at }) => !/application~1(?:pdf|vnd\.)/.test(at));
    expect(told.filter(({ media }) => media.example === undefined && media.examples === undefined).map(({ at }) => at)).toEqual([]);
    for (const { at, media } of told.filter((one) => /json|text~1(?:plain|csv|html|markdown)/.test(one.at))) {
      const validate = ajv.compile({ $ref: `document#${at.replaceAll('{', '%7B').replaceAll('}', '%7D')}/schema` });
      for (const example of media.examples === undefined ? [media.example] : Object.values(media.examples).map(({ value }) => value)) {
        validate(example);
        expect(validate.errors, at).toBeNull();
      }
    }
  });

  test('every code of the service is an answer of some operation, with an example', () => {
    const text = JSON.stringify(document.components.responses);
    expect(CODES.filter((code) => !text.includes(`"${code}":{"value"`))).toEqual([]);
  });

  test('health that is unhealthy is shown so, and beside it what the gateway says', () => {
    const { content } = document.paths['/status/health']!['get']!.responses['503'] as unknown as { content: Record<string, Media> };
    expect(Object.fromEntries(Object.entries(content['application/json']!.examples!).map(([name, { value }]) => [name, value]))).toEqual({
      answer: expect.objectContaining({ status: 'unhealthy', circuitBreakers: expect.objectContaining({ qdrant_search: 'open' }) }),
      gateway: expect.objectContaining({ message: 'failure to get a peer from the ring-balancer' }),
    });
  });

  test('every operation has a success, 404, 405, 429 and 500; every closed one 401 and 403 besides', () => {
    for (const { path, method, role } of OPERATIONS) {
      const statuses = Object.keys(document.paths[path]![method]!.responses);
      const expected = ['400', '414', '404', '405', '429', '500', '502', '503', '504', ...(role === null ? [] : ['401', '403'])];
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
