import { afterEach, expect, test } from 'vitest';
import query from '../../../functions/query/worker.ts';
import { call } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { expectUnavailable, saysWhenQdrantIsDown } from '../edges.ts';
import { ending, readEvents } from '../events.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);
const question = 'How does a breaker recover?';
afterEach(async () => world.mend());

saysWhenQdrantIsDown(query, world, [{ path: '/query', json: { question } }]);

test('503: streamed, it is one error event with the same problem', async () => {
  await world.fault('qdrant', { mode: 'down' });
  const streamed = await readEvents(query, world.env, { path: '/query', json: { question, stream: true } });
  expect(ending(streamed, 'error')).toMatchObject({ status: 503, code: 'dependency_unavailable', dependency: 'qdrant_search' });
});

test.each(['down', 'error', 'oom', 'full'] as const)('503: a writer that is %s, when only a generated answer will do', async (mode) => {
  await world.fault('ollama', { mode, route: '/api/chat' });
  const answer = await call(query, world.env, { path: '/query', json: { question, answerMode: 'generated' } });
  expectUnavailable(answer, /^ollama_generation$/);
  expect(answer.text).not.toMatch(/llama runner|system memory|server busy/);
});
