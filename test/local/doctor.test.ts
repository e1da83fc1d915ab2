import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { indexing } from '../../functions/_kernel/corpus/fingerprint.ts';
import { examine } from '../../local/doctor/examine.ts';
import { findingLine, type About, type Finding } from '../../local/doctor/finding.ts';
import { startOllama } from '../../local/ollama/ollama.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { bornAt } from '../../local/processes.ts';
import { ensureEnv } from '../../local/settings.ts';
import { closedPort } from '../gateway/support/closed-port.ts';

// Each finding is seen in a world that has the fault; services that only refuse are a few scripted answers.

let folder: string;
let envFile: string;
let nobody: string;
beforeEach(async () => {
  nobody = `http://127.0.0.1:${await closedPort()}`;
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  envFile = join(folder, '.env');
  ensureEnv(envFile);
});

type Known = { node?: string; now?: () => number };
async function findings(env: Record<string, string> = {}, { node = 'v24.21.0', now = Date.now }: Known = {}): Promise<Finding[]> {
  const exampleFile = new URL('../../.env.example', import.meta.url).pathname;
  return examine({ envFile, exampleFile, dataDir: join(folder, '.rag'), env: { PORT: '0', ...env }, nodeVersion: node, now });
}
async function lines(about: About, env: Record<string, string> = {}, known: Known = {}): Promise<string[]> {
  return (await findings(env, known)).filter((one) => one.about === about).map((one) => findingLine(one).trim().replaceAll(/\s+/g, ' '));
}
async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => new Promise<void>((resolve) => void server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}
const http = async (handler: RequestListener) => `http://127.0.0.1:${await listening(createHttpServer({ keepAliveTimeout: 1 }, handler))}`;
const answering = (routes: Record<string, [status: number, body: unknown]>) =>
  http((request, response) => {
    const [status, body] = routes[request.url ?? ''] ?? [404, { message: 'no Route matched with those values' }];
    response.writeHead(status, { connection: 'close' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
/** A server that answers each command of RESP by its name. */
async function redis(replies: Record<string, string>): Promise<string> {
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      for (const [, name] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
        socket.write(`${replies[name!.toUpperCase()] ?? '+OK'}\r\n`);
    });
    socket.on('error', () => {});
  });
  return `redis://127.0.0.1:${await listening(server)}`;
}
const bulk = (text: string) => `$${text.length}\r\n${text}`;
const timeReply = (ms: number) => `*2\r\n${bulk(String(Math.floor(ms / 1_000)))}\r\n${bulk(String((ms % 1_000) * 1_000))}`;

test('a fresh installation: nothing is wrong, and each stand-in says that it will stand there', async () => {
  const found = await findings();
  expect(found.filter(({ state }) => state === 'wrong')).toEqual([]);
  for (const about of ['redis', 'qdrant', 'ollama'] as const)
    expect(await lines(about)).toEqual([
      expect.stringMatching(/is not set: a stand-in .* will stand there|is not set: a stand-in will stand there/),
    ]);
});

test('node: one that does not run TypeScript by itself is too old', async () => {
  expect(await lines('node', {}, { node: 'v20.18.1' })).toEqual([
    expect.stringMatching(/wrong .*20\.18\.1 is older than 22\.18 → install/),
  ]);
});

describe('settings', () => {
  test('every bad key is named at once, with its remedy and without its value', async () => {
    const found = await lines('settings', {
      API_KEY: 'short-secret',
      BREAKER_OPEN_MS: 'soon',
      OLLAMA_NUM_CTX: '10',
      REDIS_URL: 'http://x',
      EMULATED_OLLAMA_LOAD_MS: '3s',
      EMULATED_OLLAMA_NUM_PARALLEL: '0',
    });
    const bad = ['API_KEY', 'BREAKER_OPEN_MS', 'OLLAMA_NUM_CTX', 'REDIS_URL', 'EMULATED_OLLAMA_LOAD_MS', 'EMULATED_OLLAMA_NUM_PARALLEL'];
    for (const key of bad)
      expect(found.filter((line) => line.startsWith(`wrong settings ${key} `) && line.includes(' → '))).toHaveLength(1);
    expect(found.join()).not.toMatch(/short-secret|soon/);
  });

  test('a key that nothing reads is taken for the one that is meant', async () => {
    writeFileSync(envFile, `${readFileSync(envFile, 'utf8')}OLAMA_URL=http://127.0.0.1:1\nEDITOR=vi\n`);
    const found = await lines('settings');
    expect(found).toContainEqual('wrong settings OLAMA_URL is read by nothing here → write it as OLLAMA_URL, if that is meant');
    expect(found).toContainEqual('note settings EDITOR is read by nothing here');
  });

  test('a file that others may read is wrong', async () => {
    chmodSync(envFile, 0o644);
    expect(await lines('settings')).toContainEqual(expect.stringMatching(/^wrong .* others may read it → chmod 600 /));
  });

  test('a user and a password in a URL, which no HTTP client sends', async () => {
    const OLLAMA_URL = (await answering({ '/api/version': [401, ''] })).replace('//', '//user:sesame@');
    const models = { OLLAMA_EMBEDDING_MODEL: 'a-model', OLLAMA_GENERATION_MODEL: 'a-model' };
    expect(await lines('settings', { OLLAMA_URL, ...models })).toEqual([
      expect.stringMatching(/^wrong settings OLLAMA_URL carries a user or a password, which no client sends; .* → mend it in \.env/),
    ]);
    expect(await lines('ollama', { OLLAMA_URL, ...models })).toEqual([expect.stringMatching(/asks for credentials/)]);
    expect((await findings({ OLLAMA_URL, ...models })).map(findingLine).join()).not.toContain('sesame');
  });

  test('no file yet is no fault', async () => {
    rmSync(envFile);
    expect(await lines('settings')).toEqual(['note settings there is no .env yet; npm start writes one with secrets of its own']);
  });
});

test('ports: one that is held is named with its holder', async () => {
  const port = await listening(createServer());
  const holder =
    process.platform === 'linux' ? new RegExp(`process ${process.pid} \\(.*→ kill ${process.pid}`) : /cannot be told .* names it/;
  expect(await lines('ports', { PORT: String(port) })).toEqual([expect.stringMatching(holder)]);
});

test('ports: what a killed emulator left running is named', async () => {
  const gone = { pid: 2 ** 22 + 1, born: 'then' };
  const left = { pid: process.pid, born: bornAt(process.pid) };
  const dataDir = join(folder, '.rag');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'control.json'), JSON.stringify({ url: nobody, secret: 's', addresses: {}, processes: [gone, left] }));
  expect(await lines('ports')).toEqual([expect.stringContaining(`left ${process.pid} running → kill ${process.pid}`)]);
});

describe('redis', () => {
  test.each([
    ['a password is asked for', { TIME: '-NOAUTH Authentication required.' }, /asks for a password → set REDIS_URL=/],
    ['it still loads', { TIME: '-LOADING Redis is loading the dataset in memory' }, /still loading .* → wait/],
    ['its user may too little', { TIME: "-NOPERM User has no permissions to run the 'time' command" }, /may not run .* → grant/],
    ['it is too old', { TIME: timeReply(Date.now()), INFO: bulk('redis_version:4.0.14') }, /Redis 4\.0\.14, older than 5 → upgrade/],
  ])('%s', async (_, replies, says) => {
    expect((await lines('redis', { REDIS_URL: await redis(replies) }))[0]).toMatch(says);
  });

  test('a wrong password is refused, and never shown', async () => {
    const url = (await redis({ AUTH: '-WRONGPASS invalid username-password pair or user is disabled.' })).replace('//', '//:sesame@');
    const found = await lines('redis', { REDIS_URL: url });
    expect(found).toEqual([expect.stringMatching(/refuses the user or password .* → correct them/)]);
    expect(found.join()).not.toContain('sesame');
  });

  test('a clock that differs by more than a second is told, and which way', async () => {
    const url = await redis({ TIME: timeReply(100_000), INFO: bulk('redis_version:7.0.15') });
    expect(await lines('redis', { REDIS_URL: url }, { now: () => 97_500 })).toEqual([
      expect.stringMatching(/^ok .* Redis 7\.0\.15$/),
      expect.stringMatching(/clock is 2\.5 s ahead of this machine → let NTP/),
    ]);
    expect((await lines('redis', { REDIS_URL: url }, { now: () => 99_700 }))[1]).toMatch(/^ok .* differs by 300 ms/);
  });

  test('nobody there', async () => {
    expect(await lines('redis', { REDIS_URL: 'redis://127.0.0.1:1' })).toEqual([
      expect.stringMatching(/nothing listens there → start Redis/),
    ]);
  });
});

describe('qdrant', () => {
  const about = (env: Record<string, string>) => lines('qdrant', env);
  const root = { title: 'qdrant - vector search engine', version: '1.19.0' };

  test.each([
    ['asks for a key', {}, /asks for an API key → set QDRANT_API_KEY/],
    ['refuses the key', { QDRANT_API_KEY: 'wrong' }, /refuses QDRANT_API_KEY → set QDRANT_API_KEY/],
  ])('%s', async (_, env, says) => {
    const QDRANT_URL = await answering({ '/': [200, root], '/collections': [401, 'Invalid API key or JWT'] });
    expect(await about({ QDRANT_URL, ...env })).toEqual([expect.stringMatching(says)]);
  });

  test('takes a key that may only read', async () => {
    const reads: Record<string, unknown> = { '/': root, '/collections': { result: { collections: [] } } };
    const written: string[] = [];
    const QDRANT_URL = await http((request, response) => {
      const known = request.method === 'GET' ? reads[request.url ?? ''] : undefined;
      if (request.method !== 'GET') written.push(`${request.method} ${request.url}`);
      const body = known === undefined ? { status: { error: 'Forbidden: Global write access is required' } } : known;
      response.writeHead(known === undefined ? 403 : 200, { connection: 'close' }).end(JSON.stringify(body));
    });
    expect(await about({ QDRANT_URL, QDRANT_API_KEY: 'read-only' })).toEqual([
      expect.stringMatching(/lets QDRANT_API_KEY read and not write → set QDRANT_API_KEY to its service\.api_key/),
    ]);
    expect(written).toEqual(['POST /collections/aliases']); // with no action in it
  });

  test('too old', async () => {
    const QDRANT_URL = await answering({
      '/': [200, { ...root, version: '1.15.4' }],
      '/collections': [200, { result: { collections: [] } }],
    });
    expect(await about({ QDRANT_URL })).toEqual([expect.stringMatching(/is Qdrant 1\.15\.4 → upgrade it to 1\.16/)]);
  });

  test('something else there, and nobody there', async () => {
    expect(await about({ QDRANT_URL: await answering({}) })).toEqual([expect.stringMatching(/answers 404, but not as Qdrant → /)]);
    expect(await about({ QDRANT_URL: nobody })).toEqual([expect.stringMatching(/nothing listens there → start Qdrant/)]);
  });
});

describe('ollama', () => {
  const version = { '/api/version': [200, { version: '0.33.0' }] } as Record<string, [number, unknown]>;
  const tags = { models: [{ name: 'a-model:latest', digest: 'd' }] };
  const show = (capability: string, context = 8_192) => [
    200,
    { capabilities: [capability], model_info: { 'general.architecture': 'x', 'x.embedding_length': 768, 'x.context_length': context } },
  ];
  const models = { OLLAMA_EMBEDDING_MODEL: 'a-model', OLLAMA_GENERATION_MODEL: 'a-model' };
  const about = async (routes: Record<string, [number, unknown]>, env: Record<string, string> = {}) =>
    lines('ollama', { OLLAMA_URL: await answering({ ...version, '/api/tags': [200, tags], ...routes }), ...models, ...env });

  test('a model that is not there is to be pulled', async () => {
    expect(await about({}, { OLLAMA_EMBEDDING_MODEL: 'nomic-embed-text' })).toContainEqual(
      'wrong ollama nomic-embed-text is not there → ollama pull nomic-embed-text',
    );
  });

  test('a model of the other kind is no use', async () => {
    const found = await about({ '/api/show': show('completion') as [number, unknown] });
    expect(found).toContainEqual(expect.stringMatching(/a-model is no model for embedding → set OLLAMA_EMBEDDING_MODEL/));
  });

  test('a context that the model does not have', async () => {
    const found = await about({ '/api/show': show('completion', 2_048) as [number, unknown] }, { OLLAMA_NUM_CTX: '8192' });
    expect(found).toContainEqual(expect.stringMatching(/OLLAMA_NUM_CTX is 8192, but a-model reads 2048 tokens → set/));
  });

  test('credentials, something else, nobody', async () => {
    expect(await about({ '/api/version': [401, ''] })).toEqual([expect.stringMatching(/asks for credentials/)]);
    expect(await about({ '/api/version': [200, '<html>'] })).toEqual([expect.stringMatching(/but not as Ollama → set OLLAMA_URL/)]);
    expect(await lines('ollama', { OLLAMA_URL: nobody, ...models })).toEqual([
      expect.stringMatching(/nothing listens there → start it with ollama serve/),
    ]);
  });

  test('a model name without an Ollama of one’s own', async () => {
    const { url, close } = await startOllama();
    onTestFinished(close);
    const found = await lines('ollama', {
      OLLAMA_URL: url,
      OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
      OLLAMA_GENERATION_MODEL: 'emulated-extract',
    });
    expect(found).toEqual([
      expect.stringMatching(/^ok .* Ollama 0\./),
      expect.stringMatching(/^ok .*emulated-embed is there, 768 dimensions/),
      expect.stringMatching(/^ok .*emulated-extract is there/),
    ]);
  });
});

describe('index', () => {
  const dataDir = () => join(folder, '.rag');
  async function keep(url: string, dense: number, fingerprint: object, chosen?: object, name = 'docs'): Promise<void> {
    const put = async (path: string, method: string, body: unknown) =>
      expect(
        (await fetch(url + path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })).status,
      ).toBe(200);
    await put(`/collections/dev.${name}.v1`, 'PUT', {
      vectors: { dense: { size: dense, distance: 'Cosine' } },
      metadata: { rag: { fingerprint, ...(chosen !== undefined && { chosen }) } },
    });
    const alias = { collection_name: `dev.${name}.v1`, alias_name: `dev.${name}` };
    await put('/collections/aliases', 'POST', { actions: [{ create_alias: alias }] });
  }
  const other = {
    model: 'nomic-embed-text',
    digest: null,
    dimension: 512,
    queryPrefix: 'search_query: ',
    documentPrefix: '',
    chunker: '0',
    chunkChars: 1,
    analyser: '0',
  };

  test('another model than the one it was indexed with: seen on a running Qdrant and in the files of one that stands still', async () => {
    const { url, close } = await startQdrant({ dataDir: dataDir() });
    await keep(url, 512, other);
    const says =
      /dev\.docs was indexed with other settings .*model nomic-embed-text, now emulated-embed;.* dimension 512, now 768.* → .*\/collections\/docs\/reindex, or set OLLAMA_EMBEDDING_MODEL=nomic-embed-text again/;
    expect(await lines('index', { QDRANT_URL: url })).toEqual([expect.stringMatching(says)]);
    await close();
    expect(await lines('index')).toEqual([expect.stringMatching(says)]);
  });

  test.each([
    ['its own chunk size', { model: null, chunkChars: 300 }, {}],
    ['its own model', { model: 'emulated-embed:latest', chunkChars: null }, { model: 'emulated-embed:latest' }],
  ])('a collection that was made with %s fits', async (_, chosen, own) => {
    const [qdrant, ollama] = await Promise.all([startQdrant({ dataDir: dataDir() }), startOllama()]);
    onTestFinished(ollama.close);
    const fingerprint = { ...indexing('emulated-embed', chosen), digest: null, dimension: 768, ...own };
    await keep(qdrant.url, 768, fingerprint, chosen);
    const models = { OLLAMA_EMBEDDING_MODEL: 'emulated-embed', OLLAMA_GENERATION_MODEL: 'emulated-extract' };
    const fits = [expect.stringMatching(/^ok index dev\.docs fits: emulated-embed/)];
    expect(await lines('index', { QDRANT_URL: qdrant.url, OLLAMA_URL: ollama.url, ...models })).toEqual(fits);
    await qdrant.close();
    expect(await lines('index')).toEqual(fits);
  });

  test('a model is looked at once, however many collections are made with it', async () => {
    const asked: string[] = [];
    const [qdrant, ollama] = await Promise.all([startQdrant({ dataDir: null }), startOllama({ log: (line) => void asked.push(line) })]);
    onTestFinished(async () => void (await Promise.all([qdrant.close(), ollama.close()])));
    const chosen = { model: 'emulated-embed:latest', chunkChars: null };
    const fingerprint = { ...indexing('', chosen), digest: null, dimension: 768 };
    for (const name of ['docs', 'more', 'most']) await keep(qdrant.url, 768, fingerprint, chosen, name);
    const models = { OLLAMA_EMBEDDING_MODEL: 'emulated-embed', OLLAMA_GENERATION_MODEL: 'emulated-extract' };
    expect(await lines('index', { QDRANT_URL: qdrant.url, OLLAMA_URL: ollama.url, ...models })).toHaveLength(3);
    // The two that are configured, and the collections' own.
    expect(asked.filter((line) => line.includes('/api/show'))).toHaveLength(3);
  });

  test('a model that a collection was made with, and that is gone, is to be pulled', async () => {
    const { url, close } = await startQdrant({ dataDir: null });
    onTestFinished(close);
    const chosen = { model: 'nomic-embed-text', chunkChars: null };
    await keep(url, 512, { ...indexing('', chosen), digest: 'd', dimension: 512 }, chosen);
    expect(await lines('index', { QDRANT_URL: url })).toEqual([
      expect.stringMatching(/dev\.docs was made with nomic-embed-text, which is not there → set OLLAMA_URL/),
    ]);
    const OLLAMA_URL = await answering({ '/api/version': [200, { version: '0.33.0' }], '/api/tags': [200, { models: [] }] });
    const models = { OLLAMA_EMBEDDING_MODEL: 'a-model', OLLAMA_GENERATION_MODEL: 'a-model' };
    expect(await lines('index', { QDRANT_URL: url, OLLAMA_URL, ...models })).toEqual([
      expect.stringMatching(/dev\.docs was made with nomic-embed-text, which is not there → ollama pull nomic-embed-text/),
    ]);
  });

  test('vectors of another size than the fingerprint says', async () => {
    const { url, close } = await startQdrant({ dataDir: null });
    onTestFinished(close);
    await keep(url, 64, other);
    expect(await lines('index', { QDRANT_URL: url })).toEqual([
      expect.stringMatching(/64 dimensions under a fingerprint of 512 → delete it/),
    ]);
  });
});

describe('gateway', () => {
  const HEALTH = '/api/v1/rag/status/health';
  const COLLECTIONS = '/api/v1/rag/collections';
  const well = { [HEALTH]: [200, { circuitBreakers: {} }] } as Record<string, [number, unknown]>;
  const about = async (routes: Record<string, [number, unknown]>) => lines('gateway', { GATEWAY_URL: await answering(routes) });

  test.each([
    ['has no route', {}, /has no route to the service → load gateway\/kong\.yml/],
    [
      'has no function behind it',
      { [HEALTH]: [503, { message: 'failure to get a peer from the ring-balancer' }] },
      /no function answers behind it → start them/,
    ],
    [
      'has another service token',
      { [HEALTH]: [401, { code: 'service_token_invalid' }] },
      /another service token than theirs → give it this SERVICE_TOKEN/,
    ],
    [
      'does not let everyone see health',
      { [HEALTH]: [401, { message: 'No API key found in request' }] },
      /answers 401 where health is open/,
    ],
  ])('%s', async (_, routes, says) => {
    expect(await about(routes as Record<string, [number, unknown]>)).toEqual([expect.stringMatching(says)]);
  });

  test.each([
    ['does not know the key', 401, /API_KEY is not known to it → set API_KEY/],
    ['gives the key no role', 403, /no role reader → add it/],
    ['limits the key', 429, /used up its rate limit → wait/],
  ])('%s', async (_, status, says) => {
    expect((await about({ ...well, [COLLECTIONS]: [status, {}] }))[1]).toMatch(says);
  });

  test('believes a service token from outside', async () => {
    const found = await about({ ...well, [COLLECTIONS]: [200, { collections: [] }] });
    expect(found.slice(1)).toEqual([
      'ok gateway API_KEY is accepted',
      expect.stringMatching(/lets in whoever shows a service token → .*remove X-Service-Token/),
    ]);
  });

  test('nobody there', async () => {
    expect(await lines('gateway', { GATEWAY_URL: nobody })).toEqual([expect.stringMatching(/nothing listens there → start the gateway/)]);
  });
});
