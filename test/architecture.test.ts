import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';

// Facts about the tree that nothing else would notice to have gone.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const lines = (path: string) => read(path).trimEnd().split('\n').length;
const sources = (...folders: string[]) => folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx,css}`, { cwd: ROOT }));
/** Static, open to whoever can reach it, and asked for nothing: it has no place in the gateway and refuses only what is no read. */
const PAGE = 'dashboard';
const FUNCTIONS = readdirSync(join(ROOT, 'functions')).filter((name) => name !== '_kernel' && name !== PAGE);

/** In the gateway, but open to everyone: built files, without a contract, a secret or a dependency. */
const OPEN = 'docs';

type Kong = { services: { name: string; routes: { name: string; paths: string[] }[] }[]; upstreams: { name: string }[] };
type Wrangler = { env: Record<string, { name: string; main: string; services?: { binding: string; service: string }[] }> };
const kong = parseYaml(read('gateway/kong.yml')) as Kong;
const wrangler = parseToml(read('wrangler.toml')) as unknown as Wrangler;

describe.each(FUNCTIONS.filter((name) => name !== OPEN))('the function %s', (fn) => {
  test('has a contract and a worker of at most 60 lines', () => {
    expect(lines(`functions/${fn}/worker.ts`)).toBeLessThanOrEqual(60);
    expect(lines(`functions/${fn}/contract.ts`)).toBeGreaterThan(0);
  });

  test('has a wrangler environment of its own that begins at its worker', () => {
    expect(wrangler.env[fn]).toMatchObject({ name: `rag-${fn}`, main: `functions/${fn}/worker.ts` });
  });

  test('has a service, an upstream and a route in the gateway', () => {
    const service = kong.services.find(({ name }) => name === fn);
    // OpenAI's clients know their own paths, and no others.
    const path = fn === 'chat' ? '~/v1/chat/completions' : `~/api/v1/rag/${fn}`;
    expect(service?.routes.flatMap(({ paths }) => paths).some((one) => one.startsWith(path))).toBe(true);
    expect(kong.upstreams.map(({ name }) => name)).toContain(`${fn}.upstream`);
  });

  test('has a suite for each of its refusals', () => {
    const suites = readdirSync(join(ROOT, 'test/functions', fn));
    for (const status of ['400', '401', '403', '405', '503']) expect(suites).toContain(`${status}.test.ts`);
  });
});

describe('the docs', () => {
  type Open = { paths: string[]; plugins: { name: string; config: { limit_by?: string } }[] };

  test('have a worker of at most 60 lines, and an environment without a variable or a binding', () => {
    expect(lines(`functions/${OPEN}/worker.ts`)).toBeLessThanOrEqual(60);
    expect(wrangler.env[OPEN]).toEqual({ name: `rag-${OPEN}`, main: `functions/${OPEN}/worker.ts` });
  });

  test('have one route in the gateway, for both of their paths, open and limited by address', () => {
    const routes = (kong.services.find(({ name }) => name === OPEN)?.routes ?? []) as unknown as Open[];
    expect(routes.map(({ paths }) => paths)).toEqual([['~/api/v1/rag/docs$', '~/api/v1/rag/openapi\\.json$']]);
    const plugins = routes[0]?.plugins ?? [];
    expect(plugins.map(({ name }) => name)).toEqual(['rate-limiting', 'request-transformer']);
    expect(plugins[0]?.config.limit_by).toBe('ip');
  });

  test('read nothing of the service but what answers HTTP', () => {
    const imports = sources(`functions/${OPEN}`).flatMap((path) =>
      [...read(path).matchAll(/from '(\.\.\/[^']*)'/g)].map(([, from]) => from!),
    );
    expect(imports.filter((from) => from.includes('_kernel') && !from.includes('_kernel/http/'))).toEqual([]);
  });
});

describe('the dashboard', () => {
  const environment = wrangler.env[PAGE] as (Wrangler['env'][string] & { assets: object; vars: object }) | undefined;

  test('has a contract, a worker of at most 60 lines, and static assets that go through it, for their headers', () => {
    expect(lines(`functions/${PAGE}/worker.ts`)).toBeLessThanOrEqual(60);
    expect(lines(`functions/${PAGE}/contract.ts`)).toBeGreaterThan(0);
    expect(environment).toMatchObject({ name: `rag-${PAGE}`, main: `functions/${PAGE}/worker.ts`, assets: { run_worker_first: true } });
  });

  test('is told where the gateway is and nothing else, and the gateway admits its origin alone', () => {
    expect(Object.keys(environment?.vars ?? {})).toEqual(['GATEWAY_PUBLIC_URL']);
    expect(environment?.services).toBeUndefined();
    expect(kong.services.map(({ name }) => name)).not.toContain(PAGE);
    const cors = (kong as { plugins?: { name: string; config: { origins?: string[] } }[] }).plugins?.find(({ name }) => name === 'cors');
    expect(cors?.config.origins).toEqual(['${{ env "DECK_DASHBOARD_ORIGIN" }}']);
  });

  test('speaks to the service through the one client: of the kernel it has that and the numbers both keep to, of the functions nothing', () => {
    const imports = sources(`functions/${PAGE}`).flatMap((path) =>
      [...read(path).matchAll(/from '((?:\.\.\/)+[a-z_][^']*)'/g)].map(([, from]) => from!),
    );
    const foreign = imports.filter((from) => /_kernel|\/(?:search|query|ingest|collections|status)\/contract/.test(from));
    expect(foreign.filter((from) => !/_kernel\/(?:client\/\w+|limits|file-types)\.ts$/.test(from))).toEqual([]);
    expect(foreign.length).toBeGreaterThan(0);
  });

  test('makes no markup of text: what a document says stays text', () => {
    const forbidden = /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/;
    expect(sources(`functions/${PAGE}`).filter((path) => forbidden.test(read(path)))).toEqual([]);
  });
});

test('there is one client of the service: no other file asks for a path of it, but to show or to probe what stands before it', () => {
  const own: Record<string, string> = {
    'functions/_kernel/client/exchange.ts': 'the client',
    'functions/_kernel/connect.ts': 'a job that goes on by asking its own function',
    'functions/dashboard/page/search/request.ts': 'a search as a command, to be copied',
    'local/start.ts': 'a question as a command, to be copied',
    'local/doctor/gateway.ts': 'asks what a gateway answers that may be no gateway of ours',
    'compose/health.ts': 'a container, of itself',
    'gateway/targets.ts': 'what the gateway probes',
  };
  // A request is made of a template or of an address and a path; a route, a `Location` or a sentence is none.
  const asks = /\$\{[^}]*\}\/api\/v1\/rag|https?:\/\/[\w.:-]+\/api\/v1\/rag|BASE = '\/api\/v1\/rag|'\/api\/v1\/rag\/status\/health'/;
  const found = sources('functions', 'local', 'compose', 'gateway').filter((path) => asks.test(read(path)));
  expect(found.filter((path) => !path.startsWith('local/openapi/')).toSorted()).toEqual(Object.keys(own).toSorted());
});

test('wrangler and the gateway know no function that there is not', () => {
  expect(Object.keys(wrangler.env).toSorted()).toEqual([...FUNCTIONS, PAGE].toSorted());
  expect(kong.services.map(({ name }) => name).filter((name) => !FUNCTIONS.includes(name))).toEqual([]);
});

test('the top level is the fixed list', () => {
  const files = ['LICENSE', 'README.md', 'package-lock.json', 'package.json', 'tsconfig.json', 'wrangler.toml'];
  const kept = readdirSync(ROOT, { withFileTypes: true }).filter(
    ({ name }) => !name.startsWith('.') && !['node_modules', 'dist', 'coverage'].includes(name),
  );
  const names = (directories: boolean) =>
    kept
      .filter((entry) => entry.isDirectory() === directories)
      .map(({ name }) => name)
      .toSorted();
  expect(names(true)).toEqual(['compose', 'functions', 'gateway', 'local', 'test']);
  expect(names(false)).toEqual(files.toSorted());
});

test('no source file has more than 200 lines', () => {
  // limits.ts is a table, not an idea that grew.
  const long = sources('functions', 'gateway', 'local', 'compose').filter(
    (path) => !path.endsWith('_kernel/limits.ts') && lines(path) > 200,
  );
  expect(long).toEqual([]);
});

test('no test is skipped or runs alone, and no module of our own is mocked', () => {
  const forbidden = /\b(?:vi|jest)\.(?:do)?mock\(|\b(?:test|it|describe)(?:\.\w+)*\.(?:skip|only|todo)\b|\.only\(/;
  const found = sources('test').filter((path) => !path.endsWith('architecture.test.ts') && forbidden.test(read(path)));
  expect(found).toEqual([]);
});

test('nothing is left for later or silenced', () => {
  const forbidden = /\bTODO\b|\bFIXME\b|@ts-(?:ignore|nocheck|expect-error)/;
  expect(sources('functions', 'gateway', 'local', 'compose').filter((path) => forbidden.test(read(path)))).toEqual([]);
});

test('every number that bounds the service has its reason beside it', () => {
  const limits = read('functions/_kernel/limits.ts').split('\n');
  const bare = limits.filter((line, i) => {
    if (!line.startsWith('export const')) return false;
    // A group of constants shares the comment above its first.
    let above = i - 1;
    while (limits[above]?.startsWith('export const')) above--;
    return !/^(?:\/\*\*| \*|\/\/)/.test(limits[above] ?? '');
  });
  expect(bare.filter((line) => !line.includes('HITS_DEFAULT'))).toEqual([]);
});

describe('the import law', () => {
  const config = JSON.parse(read('.oxlintrc.json')) as {
    overrides: { rules: Record<string, ['error', { patterns: { message: string }[] }] | string> }[];
  };
  const sentences = new Set(
    config.overrides.flatMap(({ rules }) => {
      const rule = rules['no-restricted-imports'];
      return Array.isArray(rule) ? rule[1].patterns.map(({ message }) => message) : [];
    }),
  );

  type Finding = { code: string; filename: string; message: string; help?: string };
  async function lint(directory: string, rules = '.oxlintrc.json'): Promise<Finding[]> {
    const run = promisify(execFile);
    const bin = join(ROOT, 'node_modules/oxlint/bin/oxlint');
    const options = { cwd: directory, maxBuffer: 64 * 1024 * 1024 };
    // oxlint exits with 1 when it finds something; what it found is on standard output all the same.
    const { stdout } = await run(process.execPath, [bin, '-c', rules, '-f', 'json', '.'], options).catch(
      (error: unknown) => error as { stdout: string },
    );
    return (JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics;
  }

  // [who, what it may not import, a part of the sentence that says so]
  const SEEDS: [string, string, string][] = [
    ['functions/search/search.ts', 'hono', 'Hono is known only to worker.ts and _kernel/http'],
    ['functions/search/contract.ts', 'hono/factory', 'Hono is known only to worker.ts and _kernel/http'],
    ['functions/search/match.ts', '../_kernel/upstreams/qdrant.ts', 'Only connect.ts opens upstreams'],
    ['functions/search/worker.ts', '../_kernel/upstreams/qdrant.ts', 'Only connect.ts opens upstreams'],
    ['functions/search/guarded.ts', '../_kernel/policy/guard.ts', 'Only connect.ts builds policies'],
    ['functions/search/wired.ts', '../_kernel/connect.ts', 'Configuration is read and wired in worker.ts'],
    ['functions/search/answered.ts', '../_kernel/http/app.ts', 'Only worker.ts speaks HTTP'],
    ['functions/search/client.ts', '@qdrant/js-client-rest', 'A dependency is spoken to in _kernel/upstreams only'],
    ['functions/search/files.ts', 'node:fs', 'Functions run in workerd and on Node alike'],
    ['functions/search/local.ts', '../../local/faults.ts', 'Nothing that ships imports what stands in for the world'],
    ['functions/query/contract.ts', '../_kernel/corpus/names.ts', 'does not know what Qdrant keeps'],
    ['functions/search/neighbour.ts', '../query/query.ts', 'Functions never import each other'],
    ['functions/ingest/read/neighbour.ts', '../../query/query.ts', 'Functions never import each other'],
    ['functions/ingest/read/client.ts', 'ollama', 'A dependency is spoken to in _kernel/upstreams only'],
    ['functions/_kernel/http/kept.ts', '../corpus/names.ts', 'does not know what Qdrant keeps'],
    ['functions/_kernel/retrieval/kept.ts', '../corpus/names.ts', 'This file is pure'],
    ['functions/_kernel/http/down.ts', '../../search/search.ts', 'The kernel stands below the functions'],
    ['functions/_kernel/policy/asks.ts', '../upstreams/redis.ts', 'Only connect.ts opens upstreams'],
    ['functions/_kernel/upstreams/patient.ts', '../policy/guard.ts', 'Only connect.ts builds policies'],
    ['functions/_kernel/corpus/hono.ts', 'hono', 'Hono is known only to worker.ts and _kernel/http'],
    ['functions/_kernel/corpus/configured.ts', '../env.ts', 'Configuration is read and wired in worker.ts'],
    ['functions/_kernel/retrieval/impure.ts', '../upstreams/ollama.ts', 'This file is pure'],
    ['functions/_kernel/client/heavy.ts', '../../search/contract.ts', 'The client runs in browsers and holds no schema'],
    ['functions/_kernel/client/near.ts', '../corpus/names.ts', 'The client knows the service by its HTTP contract alone'],
  ];

  test('each rule that is broken says its sentence, and no rule is without a seeded breach', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'import-law-'));
    try {
      writeFileSync(join(copy, '.oxlintrc.json'), read('.oxlintrc.json'));
      for (const [path, specifier] of SEEDS) {
        mkdirSync(dirname(join(copy, path)), { recursive: true });
        writeFileSync(join(copy, path), `import { something } from '${specifier}';\n\nexport const used = something;\n`);
      }
      const findings = await lint(copy);
      const said = (path: string) =>
        findings
          .filter(({ filename }) => filename.replaceAll('\\', '/').endsWith(path))
          .map(({ message, help }) => `${message} ${help ?? ''}`);
      for (const [path, specifier, sentence] of SEEDS) expect(said(path).join('\n'), `${path} imports ${specifier}`).toContain(sentence);
      const all = findings.map(({ message, help }) => `${message} ${help ?? ''}`).join('\n');
      expect([...sentences].filter((sentence) => !all.includes(sentence))).toEqual([]);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });

  test('the tree keeps it', async () => {
    const findings = await lint(join(ROOT, 'functions'), '../.oxlintrc.json');
    const breaches = findings.filter(({ code }) => code.includes('no-restricted-imports'));
    expect(breaches.map(({ filename, message }) => `${filename}: ${message}`)).toEqual([]);
  });
});
