import { expect, test } from 'vitest';
import query from '../../../functions/query/worker.ts';
import { call, expectProblem } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);

test('409: an index of another embedding model is refused before any model is asked to write', async () => {
  const env = { ...world.env, OLLAMA_EMBEDDING_MODEL: 'all-minilm' };
  const answer = await call(query, env, { path: '/query', json: { question: 'bread' } });
  expectProblem(answer, 409, 'index_mismatch');
  expect(answer.body.differences).toEqual([{ field: 'model', stored: 'emulated-embed', configured: 'all-minilm' }]);
  expect((await world.calls()).filter((line) => line.includes('/api/chat'))).toEqual([]);
});
