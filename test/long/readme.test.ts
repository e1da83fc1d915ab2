import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { readSettings } from '../../local/settings.ts';
import { copyTree, ROOT } from './copied-tree.ts';
import { freePort } from './free-port.ts';
import { ALONE, ELSEWHERE, SERVED, type Judged } from './readme-commands.ts';

// Every command of the README, as it is written there, in a copy of the tree: run and judged by what it says, or named here with the
// reason why it is not. A command that is in neither list fails.

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, body]) => body!);

/** The commands of a block: a line each, a here-document with the line that begins it, and no comments. */
function commandsOf(block: string): string[] {
  const whole = block.replaceAll(/^(.*<<'EOF'\n(?:.*\n)*?EOF)$/gm, (text) => text.replaceAll('\n', '\0'));
  return whole
    .split('\n')
    .map((line) =>
      line
        .replace(/\s+# .*$/, '')
        .replaceAll('\0', '\n')
        .trim(),
    )
    .filter(Boolean);
}
const inline = [...readme.replaceAll(/^```.*?^```$/gms, '').matchAll(/`(np[mx] [^`]+)`/g)].map(([, command]) => command!);
const commands = [...new Set([...blocks('sh').flatMap(commandsOf), ...inline])];

const EDGE = ['SEARCH', 'QUERY', 'INGEST', 'COLLECTIONS', 'STATUS', 'MCP', 'CHAT', 'DOCS', 'DASHBOARD'];
/** What a command needs besides: another place for an address of the README's, or variables. */
const NEEDS: Record<string, () => { replace?: Record<string, string>; env?: Record<string, string> }> = {
  'curl ': () => ({ replace: { '127.0.0.1:8000': `127.0.0.1:${port}` } }),
  'npm run migrate': () => ({ replace: { 'http://old:6333': from.url, 'http://new:6333': to.url } }),
  'npm run deploy -- search --dry-run': () => ({
    env: { QDRANT_URL: 'https://qdrant.example', OLLAMA_URL: 'https://ollama.example', GATEWAY_PUBLIC_URL: 'https://gateway.example' },
  }),
  'npm run --silent gateway:render': () => ({
    env: {
      ...Object.fromEntries(EDGE.map((name) => [`DECK_${name}_URL`, `https://rag-${name.toLowerCase()}.example.workers.dev`])),
      DECK_REDIS_HOST: 'redis.example',
      DECK_REDIS_PORT: '6379',
    },
  }),
};

const isHereDocument = (command: string): boolean => command.startsWith("cat >> .env <<'EOF'");

let folder = '';
let port = 0;
let emulator: ChildProcess | null = null;
let from: Awaited<ReturnType<typeof startQdrant>>;
let to: typeof from;

const JSON_TYPE = { 'content-type': 'application/json' };
const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  PORT: String(port),
  ...more,
});
const run = async (command: string): Promise<{ status: number; said: string }> => {
  const [, needs] = Object.entries(NEEDS).find(([begins]) => command.startsWith(begins)) ?? [];
  const { replace = {}, env = {} } = needs?.() ?? {};
  const line = Object.entries(replace).reduce((text, [a, b]) => text.replaceAll(a, b), command);
  return new Promise((resolve) => {
    const child = execFile('bash', ['-c', line], { cwd: folder, env: environment(env), maxBuffer: 64e6 }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, said: stdout + stderr }),
    );
    child.stdin?.end();
  });
};

/** Starts `npm start` and waits until it has answered its first question; gives back all that it said. */
async function start(...words: string[]): Promise<string> {
  let said = '';
  // A group of its own: npm hands no signal on.
  const child = spawn('npm', ['start', ...words], { cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  emulator = child;
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  await vi.waitFor(() => expect(said).toMatch(/The same by hand:[^]*Serving\.|Serving\.[^]*The same by hand:/), {
    timeout: 120_000,
    interval: 100,
  });
  return said;
}
async function stop(): Promise<void> {
  const child = emulator;
  emulator = null;
  if (child === null || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid!, 'SIGTERM');
  await gone;
}

beforeAll(async () => {
  const tree = ['functions', 'gateway', 'local', 'compose', 'test', '.env.example', 'README.md', 'LICENSE', 'tsconfig.json'];
  folder = copyTree('readme', [...tree, 'wrangler.toml', 'package.json', 'package-lock.json']);
  mkdirSync(join(folder, 'docs'));
  writeFileSync(join(folder, 'docs/herons.md'), 'Herons stand in the reeds.');
  port = await freePort();
  [from, to] = await Promise.all([startQdrant({ dataDir: null }), startQdrant({ dataDir: null })]);
  const made = await fetch(`${from.url}/collections/things`, {
    method: 'PUT',
    body: '{"vectors":{"size":2,"distance":"Dot"}}',
    headers: JSON_TYPE,
  });
  expect(made.status).toBe(200);
});
afterAll(async () => {
  await stop();
  await Promise.all([from.close(), to.close()]);
  rmSync(folder, { recursive: true, force: true });
});

test('every command of the README is run here, or named with the reason why not; and none is named that is not there', () => {
  const named = new Set([...SERVED, ...ALONE].map(([command]) => command).concat(Object.keys(ELSEWHERE)));
  expect(commands.filter((command) => !named.has(command) && !isHereDocument(command))).toEqual([]);
  expect([...named].filter((command) => !commands.includes(command))).toEqual([]);
});

const judge = async ([command, says, status = 0]: Judged): Promise<void> => {
  const ended = await run(command);
  expect([ended.status, ended.said.replaceAll(/^npm warn.*\n|^> .*\n/gm, '').trim()], command).toEqual([
    status,
    expect.stringMatching(says),
  ]);
};

describe('while it runs', () => {
  let first = '';
  beforeAll(async () => {
    first = await start();
  }, 150_000);
  afterAll(stop);

  test('a first start writes secrets of its own and answers over the documentation', () => {
    expect(readFileSync(join(folder, '.env'), 'utf8')).toMatch(/^SERVICE_TOKEN=.{32}/m);
    expect(first).toMatch(/README\.md:\d+/);
  });

  test.each(SERVED)('%s', (...judged) => judge(judged), 60_000);

  // With the package installed, pack.test.ts runs it as it stands there; here the client is the tree's, and the service a real one.
  test('the lines of the client answer', async () => {
    const [snippet = ''] = blocks('ts');
    const key = readSettings(join(folder, '.env'), { PORT: String(port) }).apiKey;
    const here = snippet.replace("'rag-service/client'", "'./functions/_kernel/client/client.ts'").replace(':8000', `:${port}`);
    writeFileSync(join(folder, 'snippet.ts'), here);
    const said = await promisify(execFile)(process.execPath, ['snippet.ts'], { cwd: folder, env: environment({ API_KEY: key }) });
    expect(said.stdout).toMatch(/breaker/i);
  }, 30_000);
});

describe('with your documents', () => {
  afterAll(stop);

  test('npm start -- ./my-folder --ask "How do I reset the device?"', async () => {
    mkdirSync(join(folder, 'my-folder'));
    writeFileSync(join(folder, 'my-folder/device.md'), 'To reset the device, hold the button for ten seconds.');
    expect(await start('--', './my-folder', '--ask', 'How do I reset the device?')).toContain('hold the button for ten seconds');
  }, 150_000);
});

describe('without it', () => {
  test.each(ALONE)('%s', (...judged) => judge(judged), 240_000);

  test('the lines for real services are lines of .env', async () => {
    const command = commands.find(isHereDocument)!;
    expect(await run(command)).toMatchObject({ status: 0, said: '' });
    expect(readSettings(join(folder, '.env'), {})).toMatchObject({
      real: { ollama: 'http://127.0.0.1:11434', qdrant: 'http://127.0.0.1:6333', redis: 'redis://127.0.0.1:6379' },
      embeddingModel: 'nomic-embed-text',
      generationModel: 'llama3.2',
    });
  });

  test('what the workflow runs are scripts of package.json', () => {
    const [workflow] = blocks('yaml').map((text) => parse(text) as { jobs: { deploy: { steps: { run?: string }[] } } });
    const line = workflow!.jobs.deploy.steps.map((step) => step.run ?? '').join('');
    expect(line).toBe('npm ci && npm test && npm run deploy -- all');
  });
});
