import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../local/emulator.ts';
import { startOllama } from '../../local/ollama/ollama.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { ensureEnv, readSettings } from '../../local/settings.ts';

// Whoever moves from the edge to containers, or back, must not see it: the same request over the same data, asked of both.

const folder = mkdtempSync(join(tmpdir(), 'same-bytes-'));
const RUNTIMES = ['workerd', 'node'] as const;
const emulators: Emulator[] = [];
let standIns: { close(): Promise<void> }[] = [];
let apiKey = '';

beforeAll(async () => {
  const [qdrant, ollama] = await Promise.all([startQdrant({ dataDir: null }), startOllama()]);
  standIns = [qdrant, ollama];
  const file = join(folder, '.env');
  ensureEnv(file);
  const settings = readSettings(file, {
    PORT: '0',
    QDRANT_URL: qdrant.url,
    OLLAMA_URL: ollama.url,
    OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
    OLLAMA_GENERATION_MODEL: 'emulated-extract',
    // Patience for a machine that is busy with other suites: an answer that had to do without Redis says so.
    REDIS_TIMEOUT_MS: '5000',
  });
  ({ apiKey } = settings);
  for (const runtime of RUNTIMES) emulators.push(await startEmulator({ settings, dataDir: null, log: () => {}, runtime }));
  const documents = [
    {
      id: 'lathe.md',
      title: 'The lathe',
      text: '# The lathe\n\nThe lathe is oiled every morning 🛠️. Goggles are worn at it.',
      metadata: { year: 2024 },
    },
    { id: 'people.txt', text: 'Marta looks after the lathe. Olaf cleans the milling machine on Fridays.', metadata: { year: 1999 } },
  ];
  const ingested = await ask(emulators[0]!, '/ingest?wait=20000', json({ collection: 'workshop', documents }));
  expect(ingested.status, ingested.body).toBe(200);
}, 120_000);
afterAll(async () => {
  for (const one of [...emulators, ...standIns]) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

type Init = { method?: string; headers?: Record<string, string>; body?: string };
const json = (value: unknown, headers: Record<string, string> = {}): Init => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});

/** Headers that tell when, how fast and how often, and the connection's own. */
const PASSING = /^(?:date|x-kong-.*|x-ratelimit-.*|ratelimit-.*|connection|keep-alive|transfer-encoding|content-length)$/;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

type Said = { status: number; headers: Record<string, string>; body: string };
async function ask(emulator: Emulator, path: string, init: Init = {}): Promise<Said> {
  const response = await fetch(`${emulator.url}/api/v1/rag${path}`, { ...init, headers: { apikey: apiKey, ...init.headers } });
  const id = response.headers.get('x-request-id') ?? 'none';
  const plain = (text: string) =>
    text
      .replaceAll(id, 'ID')
      .replaceAll(/"(\w*Ms)":[\d.e-]+/g, '"$1":0')
      .replaceAll(/"(request_id)":\s*"[0-9a-f]+"/g, '"$1":"ID"');
  const kept = [...response.headers].filter(([name]) => !PASSING.test(name)).map(([name, value]) => [name, plain(value)] as const);
  return { status: response.status, headers: Object.fromEntries(kept), body: plain(await response.text()) };
}

const question = 'How often is the lathe oiled?';
const REQUESTS: [title: string, status: number, path: string, init?: Init][] = [
  ['a search', 200, `/search?q=${encodeURIComponent(question)}&collection=workshop`],
  [
    'a search with a filter',
    200,
    '/search',
    json({ query: 'lathe', collection: 'workshop', filter: { must: [{ key: 'year', range: { gte: 2000 } }] } }),
  ],
  ['a search by words alone', 200, '/search', json({ query: 'lathe', collection: 'workshop', mode: 'sparse', diversity: 0.5 })],
  ['an answer', 200, '/query', json({ question, collection: 'workshop' })],
  ['an answer in sentences of the text', 200, '/query', json({ question, collection: 'workshop', answerMode: 'extractive' })],
  ['a streamed answer', 200, '/query', json({ question, collection: 'workshop', stream: true })],
  ['a question that cannot be answered', 200, '/query', json({ question: 'Who won the marathon?', collection: 'workshop' })],
  ['a document', 200, '/collections/workshop/documents/lathe.md'],
  ['the collections', 200, '/collections'],
  ['health', 200, '/status/health'],
  ['no key', 401, '/search?q=x', { headers: { apikey: '' } }],
  ['every bad field', 400, '/search', json({ query: '', limit: 0, nosuch: 1, filter: { must: [{ key: 7 }] } })],
  ['a body that is no JSON', 400, '/query', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"question": ' }],
  ['another type of body', 415, '/search', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'lathe' }],
  ['a body too large', 413, '/search', json({ query: 'x'.repeat(2_000_000) })],
  ['no such collection', 404, '/search?q=x&collection=nowhere'],
  ['no such collection, streamed, told by an event', 200, '/query', json({ question, collection: 'nowhere', stream: true })],
  ['no such document', 404, '/collections/workshop/documents/none'],
  ['no such job', 404, '/ingest/jobs/6f1a3a3e-8f43-4c5b-9c55-0f6a2d6f7b1e'],
  ['no such route', 404, '/search/deeper'],
  ['another method', 405, '/search', { method: 'DELETE' }],
  ['a request id of one’s own', 200, '/search?q=lathe&collection=workshop', { headers: { 'x-request-id': 'own-1' } }],
];

test.each(REQUESTS)('on both runtimes: %s is %i, with the same headers and bytes', async (_, status, path, init) => {
  const [workerd, node] = [await ask(emulators[0]!, path, init), await ask(emulators[1]!, path, init)];
  expect(workerd.status, workerd.body).toBe(status);
  expect(node).toEqual(workerd);
});

test('on both runtimes: a job is told in the same words, but for its id and times', async () => {
  const told = await Promise.all(
    emulators.map(async (emulator, at) => {
      const documents = [{ id: 'new.txt', text: 'The drill is new.' }];
      const said = await ask(emulator, '/ingest?wait=20000', json({ collection: `jobs-${at}`, documents }));
      const plain = said.body
        .replaceAll(UUID, 'UUID')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
        .replaceAll(`jobs-${at}`, 'jobs');
      return { ...said, headers: { ...said.headers, location: said.headers['location']?.replaceAll(UUID, 'UUID') }, body: plain };
    }),
  );
  expect(told[0]!.status, told[0]!.body).toBe(200);
  expect(told[1]).toEqual(told[0]);
});
