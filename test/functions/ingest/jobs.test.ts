import { JOB_DOCUMENTS_AT_ONCE } from '../../../functions/_kernel/limits.ts';
import { openRedis } from '#redis';
import { afterEach, describe, expect, test } from 'vitest';
import { jobResponse, type JobResponse } from '../../../functions/ingest/contract.ts';
import { incomingOf, ingest as accept } from '../../../functions/ingest/ingest.ts';
import { work, type WorkContext } from '../../../functions/ingest/work.ts';
import ingest from '../../../functions/ingest/worker.ts';
import search from '../../../functions/search/worker.ts';
import { call, deferred, expectStatus, send } from '../call.ts';
import { put, storedText } from '../corpus.ts';
import { dataOf, ending, readEvents } from '../events.ts';
import { DEATH_STEP, useWorld } from '../world.ts';
import { dyingAtWrite, workContext } from './dying-worker.ts';

const world = useWorld({}, { BREAKER_OPEN_MS: '150' });
afterEach(async () => world.mend());

const document = (id: string, text: string) => ({ id, text, contentType: 'text/plain' as const, metadata: {} });
const jobOf = async (jobId: string): Promise<JobResponse> => {
  const answer = await call(ingest, world.env, { path: `/ingest/jobs/${jobId}` });
  expectStatus(answer, 200);
  return answer.body as JobResponse;
};
/** A job that was accepted by a process that died before it did anything. */
const abandoned = (collection: string, ...documents: ReturnType<typeof document>[]) =>
  accept(workContext(world), collection, incomingOf(documents), null);
const textsIn = async (collection: string): Promise<string[]> => {
  const found = await call(search, world.env, { path: '/search', json: { query: 'lantern', collection, limit: 100 } });
  expectStatus(found, 200);
  return found.body.hits.map(({ text }: { text: string }) => text);
};

describe('events', () => {
  test('a job is followed to its end: progress, then exactly one done with the job', async () => {
    await world.fault('ollama', { mode: 'down' });
    const { context, settled } = deferred();
    const documents = [document('a', 'A lantern.'), document('b', 'Another lantern.')];
    const accepted = await send(ingest, world.env, { path: '/ingest', json: { collection: 'followed', documents } }, context);
    const { jobId } = (await accepted.json()) as JobResponse;
    const following = readEvents(ingest, world.env, { path: `/ingest/jobs/${jobId}/events` });
    await world.fault('ollama', { mode: 'up' });
    const stream = await following;
    await settled();
    const done = ending(stream, 'done');
    expect(jobResponse.parse(done)).toEqual(done);
    expect(done).toMatchObject({ jobId, state: 'succeeded', documents: { total: 2, done: 2 } });
    const progress = dataOf<JobResponse>(stream, 'progress');
    expect(progress.length).toBeGreaterThan(1);
    expect(progress.at(-1)).toEqual(done);
    const counts = progress.map(({ documents: { done: ready } }) => ready);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  test('a job that has ended is told at once', async () => {
    const { jobId } = (await put(world, [{ id: 'a', text: 'A lantern.' }], 'ended')).body;
    const stream = await readEvents(ingest, world.env, { path: `/ingest/jobs/${jobId}/events` });
    expect(stream.events.map(({ event }) => event)).toEqual(['progress', 'done']);
  });
});

describe('cancel', () => {
  test('what is left of a job is not done; what is done stays', async () => {
    await put(world, [{ id: 'kept', text: 'A lantern that was there.' }], 'cancelled');
    await world.fault('ollama', { mode: 'down' });
    const { context, settled } = deferred();
    const documents = [document('kept', 'A lantern that was there.'), document('new', 'A lantern that never comes.')];
    const accepted = await send(ingest, world.env, { path: '/ingest?wait=400', json: { collection: 'cancelled', documents } }, context);
    const { jobId } = (await accepted.json()) as JobResponse;
    const cancelled = await call(ingest, world.env, { method: 'DELETE', path: `/ingest/jobs/${jobId}` });
    expectStatus(cancelled, 200);
    expect(cancelled.body.state).toBe('cancelled');
    await world.fault('ollama', { mode: 'up' });
    await settled();
    expect((await jobOf(jobId)).state).toBe('cancelled');
    expect(await textsIn('cancelled')).toEqual(['A lantern that was there.']);
  });

  test('a job that has ended stays as it ended', async () => {
    const { jobId } = (await put(world, [{ id: 'a', text: 'A lantern.' }], 'over')).body;
    const answer = await call(ingest, world.env, { method: 'DELETE', path: `/ingest/jobs/${jobId}` });
    expectStatus(answer, 200);
    expect(answer.body.state).toBe('succeeded');
  });
});

describe('a worker that died', () => {
  test('its job is taken over by whoever looks at it', async () => {
    const jobId = await abandoned('orphan', document('a', 'A lantern.'));
    expect(await jobOf(jobId)).toMatchObject({ state: 'queued', documents: { total: 1, done: 0 } });
    expect(await jobOf(jobId)).toMatchObject({ state: 'succeeded', documents: { done: 1 } });
  });

  test('its job is taken over by whoever lists the jobs', async () => {
    const jobId = await abandoned('listed', document('a', 'A lantern.'));
    expectStatus(await call(ingest, world.env, { path: '/ingest/jobs' }), 200);
    expect((await jobOf(jobId)).state).toBe('succeeded');
  });

  test('its job is left alone while its lease holds, and taken over after that', async () => {
    const jobId = await abandoned('leased', document('a', 'A lantern.'));
    const redis = openRedis(world.urls.redis);
    await redis.send([['SET', `lease:{rag}:${jobId}`, 'dead-worker qdrant_write', 'PX', 60_000]], { timeoutMs: 1_000 });
    for (let i = 0; i < 2; i++)
      expect(await jobOf(jobId)).toMatchObject({ state: 'running', waitingFor: 'qdrant_write', documents: { done: 0 } });
    await redis.send([['DEL', `lease:{rag}:${jobId}`]], { timeoutMs: 1_000 });
    await redis.close();
    await jobOf(jobId);
    expect((await jobOf(jobId)).state).toBe('succeeded');
  });

  test('two who take a job over at once do it once', async () => {
    const jobId = await abandoned('raced', document('a', 'A lantern.'));
    const embeddings = async () => (await world.calls()).filter((line) => line.includes('/api/embed')).length;
    const before = await embeddings();
    await Promise.all([jobOf(jobId), jobOf(jobId), jobOf(jobId)]);
    expect((await jobOf(jobId)).state).toBe('succeeded');
    expect(await embeddings()).toBe(before + 1);
  });

  test('killed at any write, nothing is lost, nothing is there twice, and readers never see a mixture', async () => {
    const paragraphs = (word: string) =>
      Array.from({ length: 3 }, (_, i) => `${word} lantern ${i}. ${`${word} light number ${i} `.repeat(40)}`).join('\n\n');
    let killed = true;
    for (let n = 1; killed; n += DEATH_STEP) {
      const collection = `killed-${n}`;
      await put(world, [{ id: 'a', text: paragraphs('old') }], collection);
      const before = (await textsIn(collection)).length;
      const jobId = await abandoned(collection, document('a', paragraphs('new')));
      const dying = dyingAtWrite(workContext(world), n);
      await work(dying, jobId).catch(() => {});
      killed = dying.died();
      const seen = await textsIn(collection);
      expect(new Set(seen.map((text) => text.slice(0, 3))).size, `write ${n}: ${seen.join('|')}`).toBe(1);
      expect(seen, `write ${n}`).toHaveLength(before);
      const shown = await storedText(world, 'a', collection);
      for (const text of seen) expect(shown, `write ${n}`).toContain(text);
      await jobOf(jobId);
      expect(await jobOf(jobId), `write ${n}`).toMatchObject({ state: 'succeeded', failures: [] });
      expect(await storedText(world, 'a', collection)).toBe(paragraphs('new'));
      const texts = await textsIn(collection);
      expect(texts, `write ${n}`).toHaveLength(before);
      for (const text of texts) expect(text.startsWith('new'), `write ${n}: ${text}`).toBe(true);
      const { default: collections } = await import('../../../functions/collections/worker.ts');
      const counted = await call(collections, world.env, { path: `/collections/${collection}` });
      expect(counted.body, `write ${n}`).toMatchObject({ documents: 1, chunks: before });
    }
  }, 30_000); // a job for each write of one

  test('one that lost its lease stops; the next goes on from there', async () => {
    const texts = Array.from({ length: JOB_DOCUMENTS_AT_ONCE + 2 }, (_, i) => `Lantern number ${i}.`);
    const jobId = await abandoned('lost', ...texts.map((text, i) => document(`d${i}`, text)));
    const context = workContext(world);
    const redis = openRedis(world.urls.redis);
    const lease = `lease:{rag}:${jobId}`;
    const stolen: WorkContext['leases']['keep'] = async (name, note) => {
      await redis.send([['SET', lease, 'another-worker ', 'PX', 60_000]], { timeoutMs: 1_000 });
      return context.leases.keep(name, note);
    };
    await work({ ...context, leases: { ...context.leases, keep: stolen } }, jobId);
    expect(await jobOf(jobId)).toMatchObject({ state: 'running', documents: { done: JOB_DOCUMENTS_AT_ONCE } });
    await redis.send([['DEL', lease]], { timeoutMs: 1_000 });
    await redis.close();
    expect(await jobOf(jobId)).toMatchObject({ state: 'running', documents: { done: JOB_DOCUMENTS_AT_ONCE } });
    expect(await jobOf(jobId)).toMatchObject({ state: 'succeeded', documents: { done: texts.length } });
    expect((await textsIn('lost')).toSorted()).toEqual(texts.toSorted());
  });
});

test('a job longer than one invocation may last goes on in another one, through the binding to itself', async () => {
  const asked: string[] = [];
  const { context, settled } = deferred();
  const env: Record<string, unknown> = { ...world.env };
  env['SELF'] = {
    fetch: async (url: string, init: RequestInit) => {
      asked.push(new URL(url).pathname);
      return ingest.fetch(new Request(url, init), env, context);
    },
  };
  const jobId = await abandoned('long', document('a', 'First lantern.'), document('b', 'Second lantern.'));
  let now = Date.now();
  const clock = () => (now += 15_000); // the invocation's time is over with the first document
  await work({ ...workContext(world, env), clock }, jobId);
  await settled();
  expect(asked).toEqual([`/api/v1/rag/ingest/jobs/${jobId}`]);
  expect(await jobOf(jobId)).toMatchObject({ state: 'succeeded', documents: { total: 2, done: 2 } });
});
