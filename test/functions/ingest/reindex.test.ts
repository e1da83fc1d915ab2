import { expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import ingest from '../../../functions/ingest/worker.ts';
import search from '../../../functions/search/worker.ts';
import { work } from '../../../functions/ingest/work.ts';
import { call, expectStatus } from '../call.ts';
import { DEATH_STEP, useWorld } from '../world.ts';
import { dyingAtWrite, workContext } from './dying-worker.ts';

const world = useWorld();
const paragraphs = (word: string) =>
  Array.from({ length: 4 }, (_, i) => `${word} lantern ${i}. ${`${word} light ${i} `.repeat(45)}`).join('\n\n');

async function put(collection: string, ...ids: string[]): Promise<void> {
  const documents = ids.map((id) => ({ id, text: paragraphs(id) }));
  expectStatus(await call(ingest, world.env, { path: '/ingest?wait=10000', json: { collection, documents } }), 200);
}
async function found(collection: string): Promise<string[]> {
  const answer = await call(search, world.env, { path: '/search', json: { query: 'lantern light', collection, limit: 100 } });
  expectStatus(answer, 200);
  return (answer.body.hits as { documentId: string; text: string }[]).map(({ documentId, text }) => `${documentId} ${text}`).toSorted();
}
const begin = (collection: string, body?: unknown) =>
  call(ingest, world.env, { method: 'POST', path: `/collections/${collection}/reindex`, ...(body !== undefined && { json: body }) });
async function ended(jobId: string): Promise<{ state: string; documents: { total: number; done: number } }> {
  for (let i = 0; i < 100; i++) {
    const { body } = await call(ingest, world.env, { path: `/ingest/jobs/${jobId}` });
    if (body.state !== 'queued' && body.state !== 'running') return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`job ${jobId} does not end`);
}
async function generations(collection: string): Promise<string[]> {
  const response = await fetch(`${String(world.env['QDRANT_URL'])}/collections`);
  const { result } = (await response.json()) as { result: { collections: { name: string }[] } };
  return result.collections
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`ann.${collection}.v`))
    .toSorted();
}
const fingerprint = async (collection: string) =>
  (await call(collections, world.env, { path: `/collections/${collection}` })).body.fingerprint;

test('202: a collection is built anew from its stored texts, and answers the same', async () => {
  await put('anew', 'a', 'b');
  const before = await found('anew');
  const answer = await begin('anew');
  expectStatus(answer, 202);
  expect(answer.headers.get('location')).toBe(`/api/v1/rag/ingest/jobs/${answer.body.jobId}`);
  expect(await ended(answer.body.jobId)).toMatchObject({ state: 'succeeded', documents: { total: 2, done: 2 } });
  expect(await found('anew')).toEqual(before);
  expect(await generations('anew')).toEqual(['ann.anew.v1', 'ann.anew.v2']);
});

test('a collection made with another model is refused with the remedy, and the remedy works', async () => {
  await put('model', 'a');
  // The same weights under another name are another model to the index.
  const other = { ...world.env, OLLAMA_EMBEDDING_MODEL: 'emulated-embed:latest' };
  const refused = await call(search, other, { path: '/search', json: { query: 'lantern', collection: 'model' } });
  expectStatus(refused, 409);
  expect(refused.body).toMatchObject({ code: 'index_mismatch', differences: [{ field: 'model' }] });
  const { body } = await call(ingest, other, { method: 'POST', path: '/collections/model/reindex' });
  expect(await ended(body.jobId)).toMatchObject({ state: 'succeeded' });
  expectStatus(await call(search, other, { path: '/search', json: { query: 'lantern', collection: 'model' } }), 200);
  expect(await fingerprint('model')).toMatchObject({ model: 'emulated-embed:latest' });
});

test('a roll-back is one call, and keeps what was written since', async () => {
  await put('back', 'a');
  await ended((await begin('back')).body.jobId);
  await put('back', 'b');
  const before = await found('back');
  const answer = await begin('back', { rollback: true });
  expectStatus(answer, 202);
  expect(await ended(answer.body.jobId)).toMatchObject({ state: 'succeeded' });
  expect(await found('back')).toEqual(before);
});

test('400: there is nothing to roll back to', async () => {
  await put('first', 'a');
  const answer = await begin('first', { rollback: true });
  expectStatus(answer, 400);
  expect(answer.body.errors).toEqual([{ path: 'rollback', message: expect.stringContaining('no generation') }]);
});

test('404: no such collection; 403: it needs an admin', async () => {
  expectStatus(await begin('absent'), 404);
  expectStatus(await call(ingest, world.env, { method: 'POST', path: '/collections/absent/reindex', as: { roles: 'reader,writer' } }), 403);
});

test('a second request while one runs is the same job', async () => {
  await put('twice', 'a');
  const [one, two] = await Promise.all([begin('twice'), begin('twice')]);
  for (const { body } of [one, two]) expect((await ended(body.jobId)).state).toMatch(/succeeded|failed/);
  expect(await found('twice')).toHaveLength(4);
});

test('writes and deletes during a reindexing are in the collection after it', async () => {
  await put('busy', 'a', 'b', 'c');
  const running = await begin('busy');
  await Promise.all([
    put('busy', 'd'),
    call(collections, world.env, { method: 'DELETE', path: '/collections/busy/documents/b' }).then((answer) => expectStatus(answer, 200)),
  ]);
  expect(await ended(running.body.jobId)).toMatchObject({ state: 'succeeded' });
  const ids = new Set((await found('busy')).map((hit) => hit[0]));
  expect([...ids].toSorted()).toEqual(['a', 'c', 'd']);
  expect(await found('busy')).toHaveLength(12);
});

test('killed at any write, it is resumed by whoever looks, and readers see every document all the time', async () => {
  let killed = true;
  for (let n = 1; killed; n += DEATH_STEP) {
    const collection = `killed-${n}`;
    await put(collection, 'a', 'b');
    const before = await found(collection);
    const { context, jobId } = await abandonedReindex(collection);
    const dying = dyingAtWrite(context, n);
    await work(dying, jobId).catch(() => {});
    killed = dying.died();
    expect(await found(collection), `write ${n}`).toEqual(before);
    expect(await ended(jobId), `write ${n}`).toMatchObject({ state: 'succeeded' });
    expect(await found(collection), `write ${n}`).toEqual(before);
    expect((await generations(collection)).length, `write ${n}`).toBe(2);
  }
}, 40_000); // a reindexing for each write of one

/** A reindexing whose worker has not begun: the request was answered and its process died. */
async function abandonedReindex(collection: string) {
  const { reindex } = await import('../../../functions/ingest/reindex.ts');
  const context = workContext(world);
  return { context, jobId: await reindex(context, collection, false) };
}

test('a cancelled reindexing leaves the collection as it was', async () => {
  await put('cancelled', 'a');
  const before = await found('cancelled');
  const { jobId } = await abandonedReindex('cancelled');
  const answer = await call(ingest, world.env, { method: 'DELETE', path: `/ingest/jobs/${jobId}` });
  expectStatus(answer, 200);
  expect(answer.body.state).toBe('cancelled');
  expect(await generations('cancelled')).toEqual(['ann.cancelled.v1']);
  expect(await found('cancelled')).toEqual(before);
});
