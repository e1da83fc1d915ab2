import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { isBuiltin } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The tarball of `npm pack`, installed into an empty folder as a stranger would; needs a package registry.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const top = mkdtempSync(join(tmpdir(), 'pack-'));
const [tree, empty] = ['tree', 'empty'].map((name) => join(top, name)) as [string, string];
afterAll(() => rmSync(top, { recursive: true, force: true }));

/**
 * The developer's own environment, without what npm set for this run and without keys and addresses; `node` is the machine's own, which
 * may be as old as `engines` says, and not the newer one of the project's dependencies.
 */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^(?:npm_(?:lifecycle|package|command)|API_KEY|GATEWAY_URL|PORT$|RAG_|NODE_)/i.test(key),
    ),
  ),
  PATH: process.env['PATH']!.split(delimiter)
    .filter((folder) => !folder.includes('node_modules') && !folder.includes('node-gyp-bin'))
    .join(delimiter),
};
type Ended = { code: number; stdout: string; stderr: string };
async function run(cwd: string, command: string, ...words: string[]): Promise<Ended> {
  try {
    return { code: 0, ...(await promisify(execFile)(command, words, { cwd, env, maxBuffer: 64 * 1024 * 1024 })) };
  } catch (error) {
    return error as Ended;
  }
}
async function ran(cwd: string, command: string, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(cwd, command, ...words);
  expect(code, `${command} ${words.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

beforeAll(async () => {
  // A copy, because packing puts another manifest in the place of the tree's for a moment.
  for (const name of ['functions', 'gateway', 'local', 'package.json', 'tsconfig.json', 'wrangler.toml', 'README.md', 'LICENSE'])
    cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  mkdirSync(empty);
  await ran(tree, 'npm', 'pack', '--pack-destination', top);
  await ran(empty, 'npm', 'init', '-y');
  const [tarball] = readdirSync(top).filter((name) => name.endsWith('.tgz'));
  await ran(empty, 'npm', 'install', '--no-audit', '--no-fund', join(top, tarball!));
}, 180_000);

test('packing leaves the manifest as it was, and packs no source', async () => {
  expect(readFileSync(join(tree, 'package.json'), 'utf8')).toBe(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const packed = readdirSync(join(empty, 'node_modules/rag-service'), { recursive: true, encoding: 'utf8' });
  expect(packed.filter((path) => /(?<!\.d)\.ts$|\.env|\.map$/.test(path))).toEqual([]);
});

test('the command line imports nothing but itself and Node', () => {
  const folder = join(empty, 'node_modules/rag-service/dist/cli');
  for (const name of readdirSync(folder)) {
    const imports = readFileSync(join(folder, name), 'utf8').matchAll(/(?:\bfrom|\bimport\(?)\s*"([^"\s]+)"/g);
    const foreign = [...imports].map(([, specifier]) => specifier!).filter((one) => !one.startsWith('./') && !isBuiltin(one));
    expect(foreign, name).toEqual([]);
  }
});

test('it brings zod for its types and nothing else, and is small', () => {
  expect(readdirSync(join(empty, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['rag-service', 'zod']);
  const files = readdirSync(join(empty, 'node_modules/rag-service'), { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  expect(bytes).toBeLessThan(1_000_000);
});

test('it is tried with the oldest Node that is at hand, which engines admits', async () => {
  const { engines } = JSON.parse(readFileSync(join(empty, 'node_modules/rag-service/package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const version = await ran(empty, 'node', '--version');
  expect(Number(/\d+/.exec(version)![0])).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)![0]));
  expect(await ran(empty, 'which', 'node')).not.toContain('node_modules');
});

test('npx rag helps, completes, and says with its exit status what is wrong', async () => {
  expect(await ran(empty, 'npx', 'rag', '--help')).toContain('  rag ask "what happens when Redis is down?"');
  const help = await ran(empty, 'npx', 'rag', 'mcp', '--help');
  expect(help).toContain(`"command": "node", "args": ["${join(empty, 'node_modules/rag-service/dist/cli/rag.js')}", "mcp"]`);
  expect(help).not.toContain('npm');
  expect(await ran(empty, 'npx', 'rag', 'completion', 'bash')).toContain('complete -o default -F _rag rag');
  expect(await run(empty, 'npx', 'rag', 'search')).toMatchObject({ code: 2, stderr: expect.stringContaining('Write what to search for') });
  const nobody = ['search', 'x', '--url', 'http://127.0.0.1:1', '--key', 'k'];
  expect(await run(empty, 'npx', 'rag', ...nobody)).toMatchObject({ code: 3, stderr: expect.stringContaining('RAG_URL') });
});

test('a program imports the client and asks with it; the command line asks the same service, by the .env of its folder', async () => {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers['apikey']);
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ query: 'q', collection: 'default', hits: [], degraded: [] }));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const program = `import { createClient } from 'rag-service/client';
const found = await createClient({ url: '${url}', apiKey: 'programs' }).search({ query: 'q' });
console.log(found.hits.length);`;
    writeFileSync(join(empty, 'ask.mjs'), program);
    expect(await ran(empty, 'node', 'ask.mjs')).toBe('0\n');
    writeFileSync(join(empty, '.env'), `RAG_URL=${url}\nRAG_API_KEY=folders\n`);
    expect(await run(empty, 'npx', 'rag', 'search', 'q')).toMatchObject({ code: 4, stdout: 'Nothing was found.\n' });
    expect(keys).toEqual(['programs', 'folders']);
  } finally {
    server.close();
  }
});

test('the README’s five lines run as they stand there, with the package installed', async () => {
  const [, snippet] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))!;
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers['apikey']);
    const events = ['meta\ndata: {"hits":[],"degraded":[]}', 'token\ndata: {"text":"After five "}', 'token\ndata: {"text":"faults."}'];
    const said = [...events, 'done\ndata: {"answer":"After five faults."}'].map((event) => `event: ${event}\n\n`).join('');
    response.setHeader('content-type', 'text/event-stream').end(said);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    // Nothing but the port is another: 8000 may be taken here.
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(empty, 'snippet.mts'), snippet!.replace(':8000', `:${port}`));
    const options = { cwd: empty, env: { ...env, API_KEY: 'mine' } };
    const { stdout } = await promisify(execFile)(process.execPath, ['snippet.mts'], options);
    expect({ stdout, keys }).toEqual({ stdout: 'After five faults.', keys: ['mine'] });
  } finally {
    server.close();
  }
});

test.each(['nodenext', 'bundler'])(
  'its types hold, and find what is wrong, with moduleResolution %s and library checks on',
  async (resolution) => {
    const file = `${resolution}.mts`;
    writeFileSync(
      join(empty, file),
      `import { createClient, RagError, type QueryResponse } from 'rag-service/client';
const client = createClient({ url: 'http://127.0.0.1:8000', apiKey: 'k' });
for await (const { event, data } of client.stream({ question: 'q', limit: 3 })) {
  if (event === 'token') data.text.toUpperCase();
  if (event === 'done') data satisfies QueryResponse;
}
const state: 'queued' | 'running' | 'succeeded' | 'partial' | 'failed' | 'cancelled' = (await client.jobs.get('j')).state;
export const answered = state === 'succeeded' && new RagError('', { code: 'stream_cut' }).retryAfterMs;
// @ts-expect-error -- a field that search does not have
await client.search({ query: 'q', limits: 3 });
// @ts-expect-error -- a mode that there is not
await client.query({ question: 'q', mode: 'psychic' });
`,
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    await ran(
      empty,
      process.execPath,
      tsc,
      '--noEmit',
      '--strict',
      '--target',
      'es2024',
      '--lib',
      'es2024,dom,dom.iterable',
      '--types',
      '',
      '--module',
      module,
      '--moduleResolution',
      resolution,
      file,
    );
  },
);
