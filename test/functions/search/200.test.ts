import { expect, test } from 'vitest';
import search from '../../../functions/search/worker.ts';
import ingest from '../../../functions/ingest/worker.ts';
import { call, expectStatus } from '../call.ts';
import { useWorld } from '../world.ts';

const world = useWorld();

test('200: a document that was ingested is found', async () => {
  const put = await call(ingest, world.env, {
    path: '/ingest?wait=5000',
    json: { documents: [{ id: 'a', text: 'A breaker recovers with one probe.' }] },
  });
  expectStatus(put, 200);
  const found = await call(search, world.env, { path: '/search?q=probe' });
  expectStatus(found, 200);
  expect(found.body.hits[0].documentId).toBe('a');
});
