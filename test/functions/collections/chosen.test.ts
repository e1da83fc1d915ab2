import { afterEach, expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import { collectionResponse } from '../../../functions/collections/contract.ts';
import { reindex } from '../../../functions/ingest/reindex.ts';
import { work } from '../../../functions/ingest/work.ts';
import search from '../../../functions/search/worker.ts';
import { call, expectProblem, expectStatus } from '../call.ts';
import { put } from '../corpus.ts';
import { workContext } from '../ingest/dying-worker.ts';
import { useWorld } from '../world.ts';

// What a collection chooses for itself: its embedding model and the size of its chunks.

const world = useWorld();
afterEach(async () => world.mend());
const create = (json: object) => call(collections, world.env, { path: '/collections', json });
const fingerprintOf = async (name: string) => (await call(collections, world.env, { path: `/collections/${name}` })).body.fingerprint;
const TEXT = Array.from({ length: 30 }, (_, i) => `Sentence ${i} tells of a lantern in the harbour.`).join(' ');
type Hit = { text: string; scores: { dense: number | null } };
async function found(name: string, env = world.env): Promise<Hit[]> {
  const answer = await call(search, env, { path: '/search', json: { query: 'lantern', collection: name, limit: 100, diversity: 0 } });
  expectStatus(answer, 200);
  expect(answer.body.degraded).toEqual([]);
  return answer.body.hits;
}

test.each([
  [200, 300],
  [1_200, 1_200],
])('201: chunks of %i characters, none longer than %i, also after a reindexing', async (chars, most) => {
  const name = `chunks-${chars}`;
  const made = await create({ name, chunking: { chars } });
  expectStatus(made, 201);
  expect(collectionResponse.parse(made.body).fingerprint).toMatchObject({ chunkChars: chars });
  await put(world, [{ id: 'a', text: TEXT }], name);
  for (const round of ['ingested', 'reindexed']) {
    const sizes = (await found(name)).map(({ text }) => text.length);
    expect(Math.max(...sizes), round).toBeLessThanOrEqual(most);
    expect(Math.max(...sizes), round).toBeGreaterThan(chars / 2);
    const context = workContext(world);
    await work(context, await reindex(context, name, false));
    expect(await fingerprintOf(name)).toMatchObject({ chunkChars: chars });
  }
});

test('201: a model of its own is asked for its texts and questions, also after a reindexing; the others follow the configuration', async () => {
  // The same weights under another name are another model to the index.
  expectStatus(await create({ name: 'own', embeddingModel: 'emulated-embed:latest' }), 201);
  await put(world, [{ id: 'a', text: TEXT }], 'own');
  await put(world, [{ id: 'a', text: TEXT }], 'follows');
  for (const round of ['ingested', 'reindexed']) {
    expect(await fingerprintOf('own'), round).toMatchObject({ model: 'emulated-embed:latest' });
    expect((await found('own'))[0]!.scores.dense, round).toBeGreaterThan(0);
    const context = workContext(world);
    await work(context, await reindex(context, 'own', false));
  }
  const elsewhere = { ...world.env, OLLAMA_EMBEDDING_MODEL: 'emulated-embed:latest' };
  expect((await found('own', elsewhere)).length).toBeGreaterThan(0);
  const refused = await call(search, elsewhere, { path: '/search', json: { query: 'lantern', collection: 'follows' } });
  expectProblem(refused, 409, 'index_mismatch');
});

test('200: a collection with a model of its own is searched in full although the configured one is not there', async () => {
  expectStatus(await create({ name: 'alone', embeddingModel: 'emulated-embed' }), 201);
  await put(world, [{ id: 'a', text: TEXT }], 'alone');
  const hits = await found('alone', { ...world.env, OLLAMA_EMBEDDING_MODEL: 'not-pulled' });
  expect(hits[0]!.scores.dense).toBeGreaterThan(0);
});

test.each([
  ['that is not there', 'nobody-has-this', /ollama pull/],
  ['that writes', 'emulated-extract', /does not embed/],
])('400: a model %s is named, nothing is made, and its failure is not held against the others', async (_, embeddingModel, message) => {
  for (let i = 0; i < 6; i++) {
    const answer = await create({ name: 'nothing', embeddingModel });
    expectProblem(answer, 400, 'invalid_request');
    expect(answer.body.errors).toEqual([{ path: 'embeddingModel', message: expect.stringMatching(message) }]);
  }
  expect((await call(collections, world.env, { path: '/collections/nothing' })).body.code).toBe('collection_not_found');
  expectStatus(await create({ name: 'others' }), 201);
  expectStatus(await call(collections, world.env, { method: 'DELETE', path: '/collections/others' }), 204);
});

test.each([
  ['chunks of 199 characters', { chunking: { chars: 199 } }, 'chunking.chars'],
  ['chunks of 1,201 characters', { chunking: { chars: 1_201 } }, 'chunking.chars'],
  ['half a character', { chunking: { chars: 200.5 } }, 'chunking.chars'],
  ['a way of cutting that nobody knows', { chunking: { chars: 300, overlap: 20 } }, 'chunking.overlap'],
  ['no size', { chunking: {} }, 'chunking.chars'],
  ['a model without a name', { embeddingModel: ' ' }, 'embeddingModel'],
  ['a model that is a number', { embeddingModel: 7 }, 'embeddingModel'],
])('400: %s', async (_, fields, path) => {
  const answer = await create({ name: 'wrong', ...fields });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors.map((error: { path: string }) => error.path)).toEqual([path]);
});
