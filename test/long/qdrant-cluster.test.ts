import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { request as httpRequest, type RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../functions/_kernel/connect.ts';
import { createCollection } from '../../functions/_kernel/corpus/collections.ts';
import { NO_CHOICE, type Fingerprint } from '../../functions/_kernel/corpus/fingerprint.ts';
import { upsert } from '../../functions/_kernel/corpus/points.ts';
import { readEnv } from '../../functions/_kernel/env.ts';
import { renewIsolate } from '../../functions/_kernel/policy/isolate.ts';
import { serveWithFaults, type InjectedFault } from '../../local/faults.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { startRedis } from '../../local/redis/redis.ts';
import { freePort } from './free-port.ts';

// Debian's HAProxy with the project's own configuration before three nodes. A node is a stand-in's front that can be killed, hung or
// cut; behind all three lies one store, as replication would have it: what one node acknowledged, the others know.

const CONFIG = fileURLToPath(new URL('../../compose/haproxy.cfg', import.meta.url));
const READS = 60;
const opened: { close(): unknown }[] = [];
let balancer = '';
let haproxy: ChildProcess;
type Node = Awaited<ReturnType<typeof serveWithFaults>>;
const nodes: Node[] = [];

/** What came through to the store, of all nodes. */
const passedOn: string[] = [];

/** Passes everything on to the one store. */
function frontOf(store: string): RequestListener {
  return (incoming, outgoing) => {
    const { method, headers, url = '/' } = incoming;
    if (url !== '/readyz') passedOn.push(url);
    const passed = httpRequest(`${store}${url}`, { method: method ?? 'GET', headers }, (answer) => {
      // As one piece, so that `cut` cuts what a node would have sent.
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        outgoing.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? 'application/json' });
        outgoing.end(Buffer.concat(parts));
      });
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  };
}

beforeAll(async () => {
  const [store, redis] = await Promise.all([startQdrant({ dataDir: null }), startRedis({})]);
  const answers = { error: { status: 500, body: '{}' }, oom: { status: 507, body: '{}' }, full: { status: 429, body: '{}' } };
  for (let i = 0; i < 3; i++) nodes.push(await serveWithFaults({ handler: frontOf(store.url), answers }));
  opened.push(store, redis, ...nodes);
  const port = await freePort();
  balancer = `http://127.0.0.1:${port}`;
  const [NODE_1, NODE_2, NODE_3] = nodes.map(({ url }) => new URL(url).host);
  const env = { ...process.env, BIND: `127.0.0.1:${port}`, NODE_1, NODE_2, NODE_3 };
  try {
    execFileSync('haproxy', ['-c', '-q', '-f', CONFIG], { env });
  } catch (error) {
    throw new Error(`compose/haproxy.cfg is refused, or there is no haproxy (apt-get install haproxy)`, { cause: error });
  }
  haproxy = spawn('haproxy', ['-db', '-f', CONFIG], { env, stdio: 'ignore' });
  opened.push({ close: () => haproxy.kill('SIGKILL') });
  for (let up = false; !up;)
    up = await fetch(`${balancer}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const points = Array.from({ length: 200 }, (_, i) => ({ id: i, vector: { dense: [Math.sin(i), Math.cos(i), 1] }, payload: { i } }));
  await send('PUT', '/collections/read', { vectors: { dense: { size: 3, distance: 'Cosine' } } });
  await send('PUT', '/collections/read/points?wait=true', { points });
  settings.REDIS_URL = redis.url;
  settings.QDRANT_URL = balancer;
});
afterEach(async () => {
  await Promise.all(nodes.map(({ faults }) => faults.clear()));
  renewIsolate();
  // Until HAProxy has seen all three come back: one good check, after one that may still wait for its second.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
});
afterAll(async () => {
  for (const one of opened.toReversed()) await one.close();
});

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const init = { method, headers: { 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) };
  // What the functions give a search.
  return fetch(balancer + path, { ...init, signal: AbortSignal.timeout(5_000) });
}

const settings = {
  SERVICE_TOKEN: 'service-token-of-the-tests-0123456789',
  OLLAMA_URL: 'http://127.0.0.1:1',
  OLLAMA_EMBEDDING_MODEL: 'm',
  OLLAMA_GENERATION_MODEL: 'm',
  REDIS_URL: '',
  QDRANT_URL: '',
};

/** The functions' own way to Qdrant: breakers, deadlines and retries as in production. */
const corpus = () =>
  connect(readEnv({ ...settings }), {
    requestId: 'cluster',
    context: { traceparent: null, tracestate: null },
    signal: new AbortController().signal,
    defer: (work) => void work.catch(() => {}),
    atEnd: () => {},
  }).corpus('ann');

const BREAKS: Record<string, InjectedFault> = {
  killed: { mode: 'down' },
  hung: { mode: 'slow', delayMs: 600_000 },
  // It takes the request and closes the connection without an answer.
  'dropping its answers': { mode: 'down', route: '/' },
  'cut in the middle of its answers': { mode: 'cut' },
};
const cases = Object.entries(BREAKS).flatMap(([how, fault]) => [0, 1, 2].map((at) => ({ how, node: at + 1, at, fault })));
// The health check goes through the fault as everything does: a hung node fails it too.
const breakOne = ({ at, fault }: (typeof cases)[number]) => nodes[at]!.faults.set(fault);

describe.each(cases.filter(({ fault }) => fault.mode !== 'cut'))('node $node $how', (one) => {
  test(`${READS} of ${READS} reads are answered by the balancer alone`, async () => {
    await breakOne(one);
    const begun = performance.now();
    const answers: (number | string)[] = [];
    for (let i = 0; i < READS; i++) {
      const query = { query: [1, 0, i / READS], using: 'dense', limit: 5, with_payload: true };
      const asked = i % 3 === 0 ? send('GET', '/collections/read') : send('POST', '/collections/read/points/query', query);
      answers.push(await asked.then(async (response) => ((await response.text()).length > 0 ? response.status : 'empty'), String));
    }
    expect(answers.filter((status) => status !== 200)).toEqual([]);
    console.log(`node ${one.node} ${one.how}: ${READS} of ${READS} reads in ${Math.round(performance.now() - begun)} ms`);
  });
});

describe.each(cases)('node $node $how', (one) => {
  test(`${READS} of ${READS} of the application's reads are answered`, async () => {
    await breakOne(one);
    const query = { collection_name: 'read', query: [1, 0, 0.5], using: 'dense', limit: 5, with_payload: true };
    const found: (number | string)[] = [];
    for (let i = 0; i < READS; i++)
      found.push(
        await corpus()
          .read((api, init) => api.queryPoints(query, init))
          .then(({ points }) => points.length, String),
      );
    expect(found.filter((hits) => hits !== 5)).toEqual([]);
  });

  test('every write that the application makes arrives, once', async () => {
    const name = `written-${one.at}-${Object.keys(BREAKS).indexOf(one.how)}`;
    await createCollection(corpus(), {
      name,
      description: null,
      fingerprint: { dimension: 3 } as Fingerprint,
      chosen: NO_CHOICE,
      createdAt: '',
    });
    const physical = `ann.${name}.v1`;
    const ids = Array.from({ length: 24 }, () => crypto.randomUUID());
    const failed: string[] = [];
    let retried = 0;
    await breakOne(one);
    for (const id of ids) {
      // As a job does: what could not be written is written again, with the same id.
      for (let attempt = 0; attempt < 5; attempt++) {
        try {
          await upsert(corpus(), physical, [{ id, payload: { kind: 'chunk' }, vector: { dense: [1, 0, 0] } }]);
          break;
        } catch (error) {
          retried++;
          if (attempt === 4) failed.push(String(error));
        }
      }
    }
    expect(failed).toEqual([]);
    const points = await corpus().read((api, init) => api.getPoints({ collection_name: physical, ids }, init));
    expect(points).toHaveLength(ids.length);
    const { count } = await corpus().read((api, init) => api.countPoints({ collection_name: physical, exact: true }, init));
    expect(count).toBe(ids.length);
    console.log(`node ${one.node} ${one.how}: ${ids.length} writes, ${retried} of them repeated by their job`);
  });
});

test.each(['/collections/read/points/query', '/collections/read/points/count'])('a slow %s is waited for, and asked once', async (path) => {
  await Promise.all(nodes.map(({ faults }) => faults.set({ mode: 'slow', delayMs: 4_000, route: path })));
  passedOn.splice(0);
  const body = path.endsWith('query') ? { query: [1, 0, 0.5], using: 'dense', params: { exact: true } } : { exact: true };
  expect((await send('POST', path, body)).status).toBe(200);
  expect(passedOn).toEqual([path]);
});

test('a node that hangs while it is asked costs its readers less than the functions give a search', async () => {
  await nodes[0]!.faults.set({ mode: 'slow', delayMs: 600_000 });
  const query = { query: [1, 0, 0.5], using: 'dense', limit: 5 };
  const asked = Array.from({ length: READS }, async () => {
    const begun = performance.now();
    const { status } = await send('POST', '/collections/read/points/query', query);
    return { status, ms: performance.now() - begun };
  });
  const answers = await Promise.all(asked);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  console.log(`hung: the last of ${READS} at once after ${Math.round(Math.max(...answers.map(({ ms }) => ms)))} ms`);
});

test('with two nodes gone reads still find the third', async () => {
  await Promise.all([nodes[0]!.faults.set({ mode: 'down' }), nodes[1]!.faults.set({ mode: 'down' })]);
  for (let i = 0; i < READS; i++) expect((await send('GET', '/collections/read')).status).toBe(200);
});
