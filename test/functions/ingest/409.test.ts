import { expect, test } from 'vitest';
import ingest from '../../../functions/ingest/worker.ts';
import { call, expectProblem, expectStatus } from '../call.ts';
import { everythingOf, put } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
const post = (documents: object[], key: string, tenant = 'ann', collection = 'default') =>
  call(ingest, world.env, {
    path: '/ingest?wait=10000',
    json: { collection, documents },
    headers: { 'idempotency-key': key },
    as: { tenant },
  });

test('an Idempotency-Key again with the same request is the same job, and does nothing twice', async () => {
  const first = await post([{ id: 'a', text: 'The same.' }], 'key-1');
  expectStatus(first, 200);
  const before = await everythingOf(world);
  const again = await post([{ id: 'a', text: 'The same.' }], 'key-1');
  expectStatus(again, 200);
  expect(again.body).toEqual(first.body);
  expect(await everythingOf(world)).toEqual(before);
});

test.each([
  ['another text', [{ id: 'a', text: 'Another.' }], 'default'],
  [
    'one document more',
    [
      { id: 'a', text: 'The same.' },
      { id: 'b', text: 'More.' },
    ],
    'default',
  ],
  ['another collection', [{ id: 'a', text: 'The same.' }], 'elsewhere'],
])('409: an Idempotency-Key again with %s is refused, and nothing is kept', async (_, documents, collection) => {
  expectStatus(await post([{ id: 'a', text: 'The same.' }], 'key-2'), 200);
  const before = await everythingOf(world);
  expectProblem(await post(documents, 'key-2', 'ann', collection), 409, 'idempotency_key_reused');
  expect(await everythingOf(world)).toEqual(before);
});

test('keys of two tenants do not meet', async () => {
  expectStatus(await post([{ id: 'a', text: "Ann's." }], 'key-3'), 200);
  expectStatus(await post([{ id: 'a', text: "Bob's." }], 'key-3', 'bob'), 200);
});

test('409: an index of another model is refused before anything is written', async () => {
  await put(world, [{ id: 'a', text: 'Indexed with the first model.' }], 'old');
  const before = await everythingOf(world);
  // Another model by name; where it is asked for a vector, the same server answers as `:latest` of the first.
  const env = { ...world.env, OLLAMA_EMBEDDING_MODEL: 'emulated-embed:latest' };
  const answer = await call(ingest, env, { path: '/ingest', json: { collection: 'old', documents: [{ text: 'More.' }] } });
  expectProblem(answer, 409, 'index_mismatch');
  expect(answer.body.differences).toEqual([{ field: 'model', stored: 'emulated-embed', configured: 'emulated-embed:latest' }]);
  expect(await everythingOf(world)).toEqual(before);
});
