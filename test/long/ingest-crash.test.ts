import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRedis } from '../../functions/_kernel/upstreams/redis.node.ts';
import { startOllama } from '../../local/ollama/ollama.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { startRedis } from '../../local/redis/redis.ts';
import { startRelay } from './relay.ts';

// Ingestion survives a SIGKILL after any call to the outside: 200 of them over a corpus of 100 documents.

const KILLS = 200;
const DOCUMENTS = 100;
const TOKEN = 'service-token-of-the-crash-test-0123456789';
const headers = {
  'x-service-token': TOKEN,
  'x-consumer-custom-id': 'crash',
  'x-consumer-groups': 'reader,writer',
  'content-type': 'application/json',
};

/** Every paragraph of every round is a text of its own, so that its embeddings can be counted. */
const paragraph = (round: number, document: number, i: number) =>
  `Round ${round}, document ${document}, paragraph ${i}. ${`A lantern of kind ${document} was lit ${round} times by keeper ${i}. `.repeat(12)}`;
const textOf = (round: number, document: number) => Array.from({ length: 3 }, (_, i) => paragraph(round, document, i)).join('\n\n');

const opened: { close(): unknown }[] = [];
let env: Record<string, string>;
let child: ChildProcess | null = null;
let url = '';
let killIn = Infinity;
let kills = 0;
/** Paragraphs whose chunks Qdrant has acknowledged: embedding one of them again would be work done twice. */
const kept = new Set<string>();
const again: string[] = [];
let redisUrl = '';

const tagged = /Round \d+, document \d+, paragraph \d+\./g;

function countDown(): void {
  if (--killIn > 0 || child === null) return;
  kills++;
  child.kill('SIGKILL');
  child = null;
}

/** The job under way: a dead worker's lease runs out at once here, so that 200 deaths do not cost 200 times fifteen seconds. */
let jobId: string | null = null;

async function start(): Promise<void> {
  const redis = openRedis(redisUrl);
  if (jobId !== null) await redis.send([['DEL', `lease:{rag}:${jobId}`]], { timeoutMs: 1_000 });
  const started = fork(fileURLToPath(new URL('function-process.ts', import.meta.url)), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  [url] = (await once(started, 'message')) as [string];
  child = started;
  killIn = nextDeath();
}

type Answer = { status: number; body: Record<string, unknown> };

let random = 20_261_123;
/** The next call at which the process dies: reproducible, and now and then late enough for a batch to be finished. */
function nextDeath(): number {
  random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
  return kills < KILLS ? 1 + (random % 120) : Infinity;
}

/** Asks the functions, starting them again when they are dead; null when they died of it. */
async function ask(path: string, posted?: { body: unknown; key: string }): Promise<Answer | null> {
  if (child === null) await start();
  const post = posted && { method: 'POST', body: JSON.stringify(posted.body), headers: { ...headers, 'idempotency-key': posted.key } };
  try {
    const response = await fetch(`${url}/api/v1/rag${path}`, post ?? { headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  } catch {
    return null;
  }
}

beforeAll(async () => {
  const [redis, qdrant, ollama] = await Promise.all([startRedis({}), startQdrant({ dataDir: null }), startOllama({})]);
  const vectors = await startRelay(qdrant.url, {
    before: countDown,
    after({ method, path, body }) {
      if (method === 'PUT' && path.includes('/points') && path.includes('crash.c.v'))
        for (const [tag] of body.matchAll(tagged)) kept.add(tag);
      countDown();
    },
  });
  const models = await startRelay(ollama.url, {
    before({ path, body }) {
      if (path === '/api/embed') for (const [tag] of body.matchAll(tagged)) if (kept.has(tag)) again.push(tag);
      countDown();
    },
    after: countDown,
  });
  opened.push(redis, qdrant, ollama, vectors, models);
  redisUrl = redis.url;
  env = {
    SERVICE_TOKEN: TOKEN,
    QDRANT_URL: vectors.url,
    OLLAMA_URL: models.url,
    OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
    OLLAMA_GENERATION_MODEL: 'emulated-extract',
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '1000',
    BREAKER_OPEN_MS: '100',
  };
});
afterAll(async () => {
  child?.kill('SIGKILL');
  for (const one of opened.toReversed()) await one.close();
});

it('after 200 kills at random calls every job has ended, every chunk is there once, and nothing kept was embedded again', async () => {
  let round = 0;
  while (kills < KILLS) {
    round++;
    const documents = Array.from({ length: DOCUMENTS }, (_, i) => ({ id: `d${i}`, text: textOf(round, i) }));
    jobId = null;
    killIn = nextDeath();
    for (let state = 'none'; !['succeeded', 'partial', 'failed', 'cancelled'].includes(state);) {
      const posted = { body: { collection: 'c', documents }, key: `round-${round}` };
      const answer: Answer | null = jobId === null ? await ask('/ingest', posted) : await ask(`/ingest/jobs/${jobId}`);
      if (answer === null || answer.status >= 500) continue;
      if (typeof answer.body['jobId'] === 'string') jobId = answer.body['jobId'];
      state = String(answer.body['state']);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    killIn = Infinity; // the round is looked at in peace
    const job = await ask(`/ingest/jobs/${jobId}`);
    expect(job?.body, `round ${round}`).toMatchObject({ state: 'succeeded', failures: [], documents: { total: DOCUMENTS, failed: 0 } });
    expect((await ask('/collections/c'))?.body, `round ${round}`).toMatchObject({ documents: DOCUMENTS, chunks: DOCUMENTS * 3 });
    for (const i of [0, DOCUMENTS >> 1, DOCUMENTS - 1]) {
      expect((await ask(`/collections/c/documents/d${i}`))?.body['text'], `round ${round}`).toBe(textOf(round, i));
    }
  }
  expect(kills).toBeGreaterThanOrEqual(KILLS);
  expect(again, 'embedded although it was kept').toEqual([]);
  console.log(`${kills} kills over ${round} rounds of ${DOCUMENTS} documents; ${kept.size} passages kept, none embedded again`);
});
