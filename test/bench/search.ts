import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as send, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { closeRedisPool } from '../../functions/_kernel/upstreams/redis.node.ts';
import { bundleFunctions, type Bundle } from '../../local/bundle.ts';
import { openService } from '../../local/eval/service.ts';
import { SERVICE_TOKEN } from '../../local/eval/world.ts';
import { startInThread } from '../../local/thread.ts';
import { startWorkers } from '../../local/workers.ts';

const TENANT = 'bench';
const CONNECTIONS = 16;
const WARM = 100;
const WORDS = 'lantern harbour orchard railway glacier library market keeper report winter signal bridge copper river engine garden'.split(
  ' ',
);

type Case = { url: string; headers: Record<string, string>; body(question: string): string };
type Pair = { bare: Case; service: Case; stop(): Promise<unknown> };

/** The same words in every run. */
function speaker(seed: number): (words: number) => string {
  let random = seed;
  const word = () => WORDS[(random = (random * 1_103_515_245 + 12_345) % 2_147_483_648) % WORDS.length]!;
  return (words) => Array.from({ length: words }, word).join(' ');
}

async function ask(agent: Agent, { url, headers, body }: Case, question: string): Promise<number> {
  const text = body(question);
  const began = performance.now();
  const asked = send(url, {
    method: 'POST',
    agent,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
  });
  asked.end(text);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let answer = '';
  response.setEncoding('utf8');
  for await (const part of response) answer += String(part);
  const ms = performance.now() - began;
  if (response.statusCode !== 200 || (JSON.parse(answer) as { hits: unknown[] }).hits.length !== 5)
    throw new Error(`${url} answered ${response.statusCode}: ${answer.slice(0, 300)}`);
  return ms;
}

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;

async function rate(one: Case, requests: number, say: (words: number) => string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let left = requests;
  const began = performance.now();
  const client = async (): Promise<void> => {
    while (left-- > 0) await ask(agent, one, say(6));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return (requests / (performance.now() - began)) * 1_000;
}

/** One at a time and interleaved, so that a noisy moment falls on both alike; then at full load, in turns. */
async function measure(name: string, { bare, service }: Pair, requests: number, log: (line: string) => void): Promise<void> {
  const say = speaker(11);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const cases = [
    ['bare', bare],
    ['service', service],
  ] as const;
  const times = { bare: [] as number[], service: [] as number[] };
  for (let i = 0; i < WARM + requests; i++) {
    const question = say(6);
    for (const [which, one] of cases) {
      const ms = await ask(agent, one, question);
      if (i >= WARM) times[which].push(ms);
    }
  }
  agent.destroy();
  const rates = { bare: [] as number[], service: [] as number[] };
  for (let round = 0; round < 4; round++) for (const [which, one] of cases) rates[which].push(await rate(one, requests / 4, say));
  const best = { bare: Math.max(...rates.bare), service: Math.max(...rates.service) };
  for (const which of ['bare', 'service'] as const) {
    const sorted = times[which].toSorted((a, b) => a - b);
    const figures = `p50 ${quantile(sorted, 0.5).toFixed(2)} ms   p99 ${quantile(sorted, 0.99).toFixed(2)} ms   ${best[which].toFixed(0)} requests/s`;
    log(`${name.padEnd(9)}${which.padEnd(9)}${figures}`);
  }
  const median = (which: 'bare' | 'service') =>
    quantile(
      times[which].toSorted((a, b) => a - b),
      0.5,
    );
  const late = (which: 'bare' | 'service') =>
    quantile(
      times[which].toSorted((a, b) => a - b),
      0.99,
    );
  log(
    `${name.padEnd(9)}ratio    p50 ${(median('service') / median('bare')).toFixed(2)} (goal: at most 1.5)   p99 ${(late('service') / late('bare')).toFixed(2)}   ` +
      `requests/s ${(best.service / best.bare).toFixed(2)} (goal: at least 0.7)`,
  );
}

function start(kind: 'function' | 'bare', env: Record<string, string>): Promise<{ url: string; stop(): Promise<unknown> }> {
  const child = fork(new URL('search/node.ts', import.meta.url), [kind, JSON.stringify(env)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (url) => resolve({ url: url as string, stop: async () => child.kill() }));
    child.once('error', reject);
  });
}

async function bareBundle(): Promise<Bundle> {
  const entry = fileURLToPath(new URL('search/bare-workerd.ts', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
  });
  return { fn: 'bare', name: 'bare', main: entry, inputs: [], code: outputFiles[0]!.text, services: [] };
}

function pair(urls: { bare: string; service: string }, stop: Pair['stop']): Pair {
  const vouched = { 'x-service-token': SERVICE_TOKEN, 'x-consumer-custom-id': TENANT, 'x-consumer-groups': 'reader' };
  return {
    bare: { url: `${urls.bare}/search`, headers: {}, body: (query) => JSON.stringify({ query }) },
    service: {
      url: `${urls.service}/api/v1/rag/search`,
      headers: vouched,
      body: (query) => JSON.stringify({ query, collection: 'eval' }),
    },
    stop,
  };
}

/**
 * `npm run bench -- search [requests] [documents]`: a search through the function, on Node and in workerd, beside a bare Hono handler that
 * makes the same calls to the same stand-ins: one to embed, one for both lists, one for the texts found. Without caches, so that every question is embedded and searched.
 */
export async function run([requests = '1000', count = '500']: string[]): Promise<void> {
  const say = speaker(7);
  const documents = Array.from({ length: Number(count) }, (_, d) => ({
    id: `d${d}`,
    title: say(3),
    text: Array.from({ length: 12 }, () => `${say(14)} ${d}.`).join(' '),
  }));
  const { log } = console;
  console.log = () => {}; // the functions' own log lines
  const [redis, qdrant, ollama] = await Promise.all([
    // A real one where there is one: the stand-in interprets Lua in JavaScript, which costs more than the rest of a search.
    process.env['REDIS_URL'] ? { url: process.env['REDIS_URL'], close: async () => {} } : startInThread({ kind: 'redis', options: {} }),
    startInThread({ kind: 'qdrant', options: { dataDir: null } }),
    startInThread({ kind: 'ollama', options: {} }),
  ]);
  const env = {
    SERVICE_TOKEN,
    QDRANT_URL: qdrant.url,
    OLLAMA_URL: ollama.url,
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '1000',
    OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
    OLLAMA_GENERATION_MODEL: 'emulated-extract',
    CACHE_TTL_SECONDS: '0',
    ALIAS: `${TENANT}.eval`,
  };
  try {
    await openService(env, TENANT).ingest(documents);
    log(`${documents.length} documents, ${requests} searches a case, then ${requests} over ${CONNECTIONS} connections`);
    const onNode = async (): Promise<Pair> => {
      const [bare, service] = await Promise.all([start('bare', env), start('function', env)]);
      return pair({ bare: bare.url, service: service.url }, () => Promise.all([bare.stop(), service.stop()]));
    };
    const onWorkerd = async (): Promise<Pair> => {
      const bundles = [...(await bundleFunctions()).filter(({ fn }) => fn === 'search'), await bareBundle()];
      const workers = await startWorkers({ bundles, bindings: env, log: () => {} });
      return pair({ bare: workers.urls['bare']!, service: workers.urls['search']! }, workers.close);
    };
    for (const [name, open] of [
      ['Node', onNode],
      ['workerd', onWorkerd],
    ] as const) {
      const opened = await open();
      try {
        await measure(name, opened, Number(requests), log);
      } finally {
        await opened.stop();
      }
    }
  } finally {
    console.log = log;
    closeRedisPool();
    for (const one of [ollama, qdrant, redis]) await one.close();
  }
}
