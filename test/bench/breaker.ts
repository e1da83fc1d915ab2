import { fork } from 'node:child_process';
import { Agent, get } from 'node:http';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

const CASES = [
  ['bare request', '/bare'],
  ['healthy guarded call', '/healthy'],
  ['three breakers prepared', '/prepare'],
  ['open, warm isolate', '/warm'],
  ['open, cold isolate', '/cold'],
] as const;
/** Rejections in one request, so that HTTP is a small part of their mean. */
const BATCH = 50;
const BATCHES = 400;

type Server = { url: string; stop: () => Promise<unknown> };

/** One request over a kept connection; its latency in ms and its body. */
function request(agent: Agent, url: string): Promise<{ ms: number; body: string }> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    get(url, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ ms: performance.now() - begun, body }));
    }).on('error', reject);
  });
}

function start(file: string, ...args: string[]): Promise<Server> {
  const child = fork(new URL(`breaker/${file}`, import.meta.url), args, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  return new Promise((resolve, reject) => {
    child.once('message', (url) => resolve({ url: url as string, stop: async () => child.kill() }));
    child.once('error', reject);
  });
}

async function workerd(redisUrl: string): Promise<Server> {
  const entry = new URL('breaker/workerd.ts', import.meta.url).pathname;
  const bundle = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
  });
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    telemetry: { enabled: false },
    enableDevRegistry: false,
    workers: [
      {
        dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
        config: {
          name: 'bench',
          compatibilityDate: '2026-10-01',
          compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
          triggers: [{ type: 'fetch', pattern: '*' }],
          env: { REDIS_URL: { type: 'text', value: redisUrl } },
          manifest: { mainModule: 'index.js', modules: { 'index.js': { type: 'esm', contents: bundle.outputFiles[0]!.text } } },
        },
      },
    ],
  });
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL('bench');
  return { url: url.href.replace(/\/$/, ''), stop: () => miniflare.dispose() };
}

const quantile = (sorted: number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;

/** Measures every case on one server, interleaved, so that a noisy moment falls on all of them alike. */
async function measure(name: string, { url }: Server, requests: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await request(agent, `${url}/isolate`);
  for (let i = 0; i < 200; i++) for (const [, path] of CASES) await request(agent, url + path);
  const times = new Map<string, number[]>(CASES.map(([, path]) => [path, []]));
  for (let i = 0; i < requests; i++) {
    for (const [, path] of CASES) {
      const { ms, body } = await request(agent, url + path);
      if (body !== (path === '/bare' ? 'ok' : path === '/warm' || path === '/cold' ? '1' : '0'))
        throw new Error(`${path} answered ${body}`);
      times.get(path)!.push(ms);
    }
  }
  const alone: number[] = [];
  for (let i = 0; i < BATCHES; i++) alone.push((await request(agent, `${url}/warm?times=${BATCH}`)).ms / BATCH);
  agent.destroy();

  const bare = times.get('/bare')!.toSorted((a, b) => a - b);
  console.log(`\n${name}, ${requests} requests a case, one at a time${' '.repeat(9)}p50 ms   p99 ms   × bare p50   × bare p99`);
  for (const [label, path] of CASES) {
    const sorted = times.get(path)!.toSorted((a, b) => a - b);
    const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
    const ratios = [p50 / quantile(bare, 0.5), p99 / quantile(bare, 0.99)].map((ratio) => ratio.toFixed(2).padStart(10));
    console.log(`  ${label.padEnd(54)}${p50.toFixed(3).padStart(7)}  ${p99.toFixed(3).padStart(7)}   ${ratios.join('   ')}`);
  }
  const batches = alone.toSorted((a, b) => a - b).map((ms) => ms * 1_000);
  const [p50, p99] = [quantile(batches, 0.5).toFixed(1), quantile(batches, 0.99).toFixed(1)];
  console.log(`  one rejection in a warm isolate, as the mean of ${BATCH} in one request: p50 ${p50} µs, p99 ${p99} µs`);
}

/**
 * `npm run bench -- breaker [requests]`: what the guard costs, on Node and in workerd, beside a request that does nothing.
 *
 * Uses the Redis of `REDIS_URL`, else the embedded one in a process of its own.
 */
export async function run([requests = '2000']: string[]): Promise<void> {
  const real = process.env['REDIS_URL'];
  const redis: Server = real ? { url: real, stop: async () => {} } : await start('redis.ts');
  console.log(`Redis: ${real ? 'REDIS_URL' : 'js-redis-server, embedded'}`);
  for (const [name, serve] of [
    ['Node', () => start('node.ts', redis.url)],
    ['workerd', () => workerd(redis.url)],
  ] as const) {
    const server = await serve();
    await measure(name, server, Number(requests));
    await server.stop();
  }
  await redis.stop();
}
