import { mkdtempSync, rmSync, statSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startQdrant } from '../../local/qdrant/qdrant.ts';

const DIM = 768;
const BATCH = 256;
/** What the stand-in promises at this size, one request at a time on an otherwise idle machine. */
const LIMITS = { points: 100_000, loadSeconds: 3, denseP50Ms: 20 };

/** Dense vectors around 200 centres, as embeddings of texts lie: uniform noise would have no neighbours. */
function vectors(random: () => number): () => number[] {
  const gauss = (): number => random() + random() + random() - 1.5;
  const centres = Array.from({ length: 200 }, () => Float32Array.from({ length: DIM }, gauss));
  return () => {
    const centre = centres[Math.floor(random() * centres.length)] ?? new Float32Array(DIM);
    return Array.from(centre, (x) => Math.fround(x + 0.6 * gauss()));
  };
}

/** Mulberry32: the same data in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
const report = (what: string, figure: string): void => console.log(`${what.padEnd(58)} ${figure}`);
const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MiB`;

async function call(url: string, method: string, path: string, body: unknown): Promise<void> {
  const response = await fetch(url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
}

/** Measures each kind of search, prints it, and returns the median of the dense one in milliseconds. */
async function measureSearch(url: string, label: string, next: () => number[], random: () => number): Promise<number> {
  let denseP50Ms = NaN;
  const token = () => {
    const indices = [...new Set(Array.from({ length: 8 }, () => Math.floor(random() ** 3 * 30_000)))];
    return { indices, values: indices.map(() => 1) };
  };
  const filter = { must: [{ key: 'kind', match: { value: 'rare' } }] };
  const prefetch = () => [
    { query: next(), using: 'dense', limit: 200 },
    { query: token(), using: 'lexical', limit: 200 },
  ];
  for (const [kind, body] of [
    ['dense', () => ({ query: next(), using: 'dense', limit: 10 })],
    ['dense, filtered to 1 %', () => ({ query: next(), using: 'dense', limit: 10, filter })],
    ['sparse', () => ({ query: token(), using: 'lexical', limit: 10 })],
    ['hybrid, 200 + 200, RRF, with payload', () => ({ prefetch: prefetch(), query: { fusion: 'rrf' }, limit: 10, with_payload: true })],
  ] as const) {
    const times: number[] = [];
    for (let i = 0; i < 60; i += 1) {
      const request = body();
      const started = performance.now();
      await call(url, 'POST', '/collections/bench/points/query', request);
      if (i >= 10) times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    if (kind === 'dense') denseP50Ms = quantile(times, 0.5);
    report(`${label}: ${kind}`, `p50 ${quantile(times, 0.5).toFixed(1)} ms   p95 ${quantile(times, 0.95).toFixed(1)} ms`);
  }
  return denseP50Ms;
}

/**
 * `npm run bench -- stand-ins [points]`: the Qdrant stand-in over HTTP with vectors of 768 dimensions and about 40 sparse tokens a point.
 *
 * Prints inserts per second, search at 10,000 and at `points` (default 100,000), load at start and memory; a request at a time. Exit
 * status 1 when, at 100,000 points or fewer, the load or the dense search takes longer than `LIMITS` allows.
 */
export async function run(args: string[]): Promise<void> {
  const points = Number(args[0] ?? LIMITS.points);
  const random = seeded(7);
  const next = vectors(random);
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-qdrant-'));
  try {
    let server = await startQdrant({ dataDir });
    await call(server.url, 'PUT', '/collections/bench', {
      vectors: { dense: { size: DIM, distance: 'Cosine' } },
      sparse_vectors: { lexical: { modifier: 'idf' } },
    });
    await call(server.url, 'PUT', '/collections/bench/index', { field_name: 'kind', field_schema: 'keyword' });
    let spent = 0;
    for (let id = 0; id < points; id += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, points - id) }, (_, i) => {
        const indices = [...new Set(Array.from({ length: 40 }, () => Math.floor(random() ** 3 * 30_000)))];
        const lexical = { indices, values: indices.map(() => Math.fround(random())) };
        const payload = { kind: random() < 0.01 ? 'rare' : 'common', text: 'x'.repeat(400), n: id + i };
        return { id: id + i, vector: { dense: next(), lexical }, payload };
      });
      const started = performance.now();
      await call(server.url, 'PUT', '/collections/bench/points?wait=true', { points: batch });
      spent += performance.now() - started;
      if (id < 10_000 && id + BATCH >= 10_000) await measureSearch(server.url, '10,000 points', next, random);
    }
    report(`insert, batches of ${BATCH}`, `${((points / spent) * 1_000).toFixed(0)} points/s`);
    const inserted = await measureSearch(server.url, `${points.toLocaleString('en')} points`, next, random);
    await server.close();
    const started = performance.now();
    server = await startQdrant({ dataDir });
    const loadSeconds = (performance.now() - started) / 1_000;
    report(`load ${points.toLocaleString('en')} points at start`, `${loadSeconds.toFixed(2)} s`);
    const loaded = await measureSearch(server.url, 'after the load', next, random);
    await server.close();
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    report(
      'memory',
      `rss ${megabytes(rss)}, heap ${megabytes(heapUsed)}, external ${megabytes(external)}, buffers ${megabytes(arrayBuffers)}`,
    );
    const files = readdirSync(join(dataDir, 'collections')).map((name) => statSync(join(dataDir, 'collections', name)).size);
    report('on disk', megabytes(files.reduce((sum, size) => sum + size, 0)));
    if (points > LIMITS.points) return;
    for (const [what, figure, limit, unit] of [
      ['the load', loadSeconds, LIMITS.loadSeconds, 's'],
      ['dense search after the inserts, p50', inserted, LIMITS.denseP50Ms, 'ms'],
      ['dense search after the load, p50', loaded, LIMITS.denseP50Ms, 'ms'],
    ] as const) {
      const isKept = figure < limit;
      report(what, `${figure.toFixed(2)} ${unit}, ${isKept ? 'under' : 'OVER'} the limit of ${limit} ${unit}`);
      if (!isKept) process.exitCode = 1;
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
