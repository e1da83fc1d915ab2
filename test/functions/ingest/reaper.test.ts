import { openRedis } from '#redis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../../../functions/_kernel/connect.ts';
import { findJobRecord } from '../../../functions/_kernel/corpus/jobs.ts';
import { nextPending } from '../../../functions/_kernel/corpus/staged.ts';
import { readEnv } from '../../../functions/_kernel/env.ts';
import { JOB_KEPT_MS, STAGING_MAX_MS } from '../../../functions/_kernel/limits.ts';
import { reapContext } from '../../../functions/ingest/context.ts';
import type { JobResponse } from '../../../functions/ingest/contract.ts';
import { incomingOf, ingest as accept } from '../../../functions/ingest/ingest.ts';
import { reap, type ReapContext } from '../../../functions/ingest/reap.ts';
import { work, type WorkContext } from '../../../functions/ingest/work.ts';
import ingest from '../../../functions/ingest/worker.ts';
import status from '../../../functions/status/worker.ts';
import { call, deferred, expectStatus } from '../call.ts';
import { put } from '../corpus.ts';
import { METRICS_TOKEN, useWorld, type Bindings } from '../world.ts';
import { dyingAtWrite, workContext } from './dying-worker.ts';

const world = useWorld({}, { BREAKER_OPEN_MS: '150' });
afterEach(async () => world.mend());
// Every test begins with nothing left behind by the one before.
beforeEach(async () => void (await fetch(`${world.urls.qdrant}/collections/_rag_jobs_1`, { method: 'DELETE' })));

const document = (id: string, text: string) => ({ id, text, contentType: 'text/plain' as const, metadata: {} });
/** A job whose worker died before it did anything. */
const abandoned = (collection: string, context: WorkContext = workContext(world)) =>
  accept(context, collection, incomingOf([document('a', `A lantern in ${collection}.`)]), null);
const reaper = (env: Bindings = world.env): ReapContext =>
  reapContext(
    connect(readEnv(env), {
      requestId: 'reaper',
      context: { traceparent: null, tracestate: null },
      signal: new AbortController().signal,
      defer: (later) => void later.catch(() => {}),
      atEnd: () => {},
    }),
  );
const later = (ms: number): ReapContext => ({ ...reaper(), clock: () => Date.now() + ms });
/** How a job stands, without anybody taking it over for having looked. */
const stateOf = async (jobId: string, tenant = 'ann'): Promise<{ pending: number; there: boolean }> => {
  const store = { ...workContext(world).store, tenant: tenant as WorkContext['store']['tenant'] };
  return { there: (await findJobRecord(store, jobId)) !== null, pending: (await nextPending(store, jobId, 10)).length };
};

test('a round takes over the jobs of every tenant whose worker died', async () => {
  const mine = await abandoned('orphan');
  const hers = await abandoned('orphan', { ...workContext(world), store: connectAs('zoe') });
  const hashed = await abandoned('orphan', { ...workContext(world), store: connectAs('Some Body') });
  expect(await reap(reaper())).toEqual({ takenOver: 3, removed: 0 });
  const job = await call(ingest, world.env, { path: `/ingest/jobs/${mine}` });
  expect((job.body as JobResponse).state).toBe('succeeded');
  for (const [tenant, jobId] of [
    ['zoe', hers],
    ['Some Body', hashed],
  ] as const) {
    const theirs = await call(ingest, world.env, { path: `/ingest/jobs/${jobId}`, as: { tenant } });
    expectStatus(theirs, 200);
    expect(theirs.body.state).toBe('succeeded');
  }
  expect(await reap(reaper())).toEqual({ takenOver: 0, removed: 0 });
});

function connectAs(consumer: string) {
  return connect(readEnv(world.env), {
    requestId: 'other',
    context: { traceparent: null, tracestate: null },
    signal: new AbortController().signal,
    defer: (deferredWork) => void deferredWork.catch(() => {}),
    atEnd: () => {},
  }).corpus(consumer);
}

test('as the cron trigger calls it, it works, says what it did, and never rejects', async () => {
  const jobId = await abandoned('by-cron');
  const { context, settled } = deferred();
  await ingest.scheduled({ cron: '*/5 * * * *' }, world.env, context);
  await settled();
  expect(await stateOf(jobId)).toEqual({ there: true, pending: 0 });
  await expect(ingest.scheduled({}, { ...world.env, SERVICE_TOKEN: '' }, context)).resolves.toBeUndefined();
  await world.fault('qdrant', { mode: 'down' });
  await expect(ingest.scheduled({}, world.env, context)).resolves.toBeUndefined();
});

test('a job whose worker lives is left alone', async () => {
  const jobId = await abandoned('alive');
  const redis = openRedis(world.urls.redis);
  await redis.send([['SET', `lease:{rag}:${jobId}`, 'a-worker ', 'PX', 60_000]], { timeoutMs: 1_000 });
  expect(await reap(reaper())).toEqual({ takenOver: 0, removed: 0 });
  expect(await stateOf(jobId)).toEqual({ there: true, pending: 1 });
  await redis.send([['DEL', `lease:{rag}:${jobId}`]], { timeoutMs: 1_000 });
  await redis.close();
  expect(await reap(reaper())).toMatchObject({ takenOver: 1 });
});

test('a round leaves word of the jobs that have not ended, by whether somebody works on them, for whoever is scraped', async () => {
  const scrape = async () => {
    const asked = { path: '/status/metrics', as: { token: null }, headers: { authorization: `Bearer ${METRICS_TOKEN}` } };
    return (await call(status, world.env, asked)).text.split('\n').filter((line) => line.startsWith('rag_jobs_open'));
  };
  expect(await scrape()).toEqual([]);
  const alive = await abandoned('seen');
  await abandoned('seen', { ...workContext(world), store: connectAs('zoe') });
  const redis = openRedis(world.urls.redis);
  await redis.send([['SET', `lease:{rag}:${alive}`, 'a-worker ', 'PX', 60_000]], { timeoutMs: 1_000 });
  expect(await reap(reaper())).toMatchObject({ takenOver: 1 });
  expect(await scrape()).toEqual(['rag_jobs_open{state="queued"} 1', 'rag_jobs_open{state="running"} 1']);
  await redis.send([['DEL', `lease:{rag}:${alive}`]], { timeoutMs: 1_000 });
  await redis.close();
  await reap(reaper());
  await reap(reaper());
  expect(await scrape()).toEqual(['rag_jobs_open{state="queued"} 0', 'rag_jobs_open{state="running"} 0']);
});

test('without Redis nobody knows who works on what: nothing is taken over', async () => {
  const jobId = await abandoned('unknown');
  await world.fault('redis', { mode: 'down' });
  expect(await reap(reaper())).toMatchObject({ takenOver: 0 });
  expect(await stateOf(jobId)).toMatchObject({ pending: 1 });
});

test('two reapers at once do a job once', async () => {
  await abandoned('raced');
  const embeddings = async () => (await world.calls()).filter((line) => line.includes('/api/embed')).length;
  const before = await embeddings();
  await Promise.all([reap(reaper()), reap(reaper()), reap(reaper())]);
  expect(await embeddings()).toBe(before + 1);
});

test('a reindexing whose worker died is taken over', async () => {
  await put(world, [{ id: 'a', text: 'A lantern.' }], 'rebuilt');
  const started = await call(ingest, world.env, { method: 'POST', path: '/collections/rebuilt/reindex' });
  expectStatus(started, 202);
  const dying = dyingAtWrite(workContext(world), 1);
  await work(dying, started.body.jobId).catch(() => {});
  await reap(reaper());
  const job = await call(ingest, world.env, { path: `/ingest/jobs/${started.body.jobId}` });
  expect(job.body.state).toBe('succeeded');
});

test('a cancelled job is not worked on; its texts are forgotten and it stays cancelled', async () => {
  const jobId = await abandoned('cancelled');
  expectStatus(await call(ingest, world.env, { method: 'DELETE', path: `/ingest/jobs/${jobId}` }), 200);
  expect(await reap(reaper())).toEqual({ takenOver: 0, removed: 0 });
  const [left] = await nextPending(workContext(world).store, jobId, 1);
  expect(left).toMatchObject({ documentId: 'a', text: '' });
  expect((await call(ingest, world.env, { path: `/ingest/jobs/${jobId}` })).body.state).toBe('cancelled');
});

test('documents of a request that was cut off are removed after an hour, not before', async () => {
  const jobId = await abandoned('cut-off');
  await fetch(`${world.urls.qdrant}/collections/_rag_jobs/points/delete?wait=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ points: [jobId] }),
  });
  expect(await reap(later(STAGING_MAX_MS - 60_000))).toEqual({ takenOver: 0, removed: 0 });
  expect(await stateOf(jobId)).toEqual({ there: false, pending: 1 });
  expect(await reap(later(STAGING_MAX_MS + 60_000))).toEqual({ takenOver: 0, removed: 1 });
  expect(await stateOf(jobId)).toEqual({ there: false, pending: 0 });
});

test('a job that ended is forgotten after a week with what was staged for it; what it indexed stays', async () => {
  const { jobId } = (await put(world, [{ id: 'a', text: 'A lantern.' }], 'kept')).body;
  expect(await reap(later(JOB_KEPT_MS - 60_000))).toEqual({ takenOver: 0, removed: 0 });
  expect(await reap(later(JOB_KEPT_MS + 60_000))).toEqual({ takenOver: 0, removed: 1 });
  expect(await stateOf(jobId)).toEqual({ there: false, pending: 0 });
  const { default: collections } = await import('../../../functions/collections/worker.ts');
  expect((await call(collections, world.env, { path: '/collections/kept' })).body).toMatchObject({ documents: 1, chunks: 1 });
});

test('at the edge a job longer than one invocation goes on in another one, under its own tenant', async () => {
  const asked: string[] = [];
  const env: Bindings = { ...world.env };
  env['SELF'] = {
    fetch: async (url: string, init: RequestInit) => {
      asked.push(`${new Headers(init.headers).get('x-consumer-custom-id')} ${new URL(url).pathname}`);
      return new Response();
    },
  };
  const jobId = await abandoned('long');
  let now = Date.now();
  await reap({ ...reaper(env), clock: () => (now += 15_000) });
  expect(asked).toEqual([`ann /api/v1/rag/ingest/jobs/${jobId}`]);
});
