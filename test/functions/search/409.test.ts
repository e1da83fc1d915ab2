import { expect, test } from 'vitest';
import search from '../../../functions/search/worker.ts';
import { call, expectProblem } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);

test('409: an index of another embedding model is refused, with what differs and the remedy', async () => {
  const env = { ...world.env, OLLAMA_EMBEDDING_MODEL: 'nomic-embed-text' };
  const answer = await call(search, env, { path: '/search', json: { query: 'bread' } });
  expectProblem(answer, 409, 'index_mismatch');
  expect(answer.body.differences).toContainEqual({ field: 'model', stored: 'emulated-embed', configured: 'nomic-embed-text' });
  expect(answer.body.differences).toContainEqual({ field: 'documentPrefix', stored: '', configured: 'search_document: ' });
  expect(answer.body.detail).toMatch(/model.*reindex/);
});
