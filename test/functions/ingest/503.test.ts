import { afterEach, expect, test } from 'vitest';
import ingest from '../../../functions/ingest/worker.ts';
import { call, deferred, expectStatus, send } from '../call.ts';
import { everythingOf, storedText } from '../corpus.ts';
import { saysWhenQdrantIsDown } from '../edges.ts';
import { useWorld } from '../world.ts';

// Breakers that try again soon, so that a job that waits for one is done soon.
const world = useWorld({}, { BREAKER_OPEN_MS: '150' });
afterEach(async () => world.mend());
const json = { documents: [{ id: 'a', text: 'A text that waits.' }] };

saysWhenQdrantIsDown(ingest, world, [
  { path: '/ingest', json },
  { path: '/ingest/jobs' },
  { path: '/ingest/jobs/6f1a3a3e-8f43-4c5b-9c55-0f6a2d6f7b1e' },
]);

test('503: with Qdrant gone nothing is kept of a request', async () => {
  await world.fault('qdrant', { mode: 'down' });
  expectStatus(await call(ingest, world.env, { path: '/ingest', json }), 503);
  await world.mend();
  expect(await everythingOf(world)).toEqual({ collections: [], jobs: [] });
});

test('202: without the embedder a job is accepted, says what it waits for, and is done once it is back', async () => {
  await world.fault('ollama', { mode: 'down' });
  const { context, settled } = deferred();
  const accepted = await send(ingest, world.env, { path: '/ingest?wait=700', json }, context);
  const job = (await accepted.json()) as { jobId: string };
  expect(accepted.status, JSON.stringify(job)).toBe(202);
  expect(job).toMatchObject({ state: 'running', waitingFor: 'ollama_embedding', documents: { total: 1, done: 0, failed: 0 } });
  await world.fault('ollama', { mode: 'up' });
  await settled();
  const ended = await call(ingest, world.env, { path: `/ingest/jobs/${job.jobId}` });
  expect(ended.body).toMatchObject({ state: 'succeeded', documents: { done: 1 }, failures: [] });
  expect(ended.body).not.toHaveProperty('waitingFor');
  expect(await storedText(world, 'a')).toBe('A text that waits.');
});

test('without Redis a job is done all the same', async () => {
  await world.fault('redis', { mode: 'down' });
  const answer = await call(ingest, world.env, { path: '/ingest?wait=5000', json: { collection: 'alone', ...json } });
  expectStatus(answer, 200);
  expect(answer.body).toMatchObject({ state: 'succeeded', documents: { done: 1 } });
});

test('a missing embedding model fails the documents and says what to do', async () => {
  const env = { ...world.env, OLLAMA_EMBEDDING_MODEL: 'never-pulled' };
  const answer = await call(ingest, env, { path: '/ingest?wait=5000', json: { collection: 'modelless', ...json } });
  expectStatus(answer, 200);
  expect(answer.body).toMatchObject({
    state: 'failed',
    failures: [{ documentId: 'a', code: 'dependency_unavailable', detail: expect.stringMatching(/not present; pull it/) }],
  });
});
