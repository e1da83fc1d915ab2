import { afterEach, expect, test } from 'vitest';
import type { QueryResponse } from '../../../functions/query/contract.ts';
import query from '../../../functions/query/worker.ts';
import { call, expectStatus } from '../call.ts';
import { put, storedText, useLibrary } from '../corpus.ts';
import { dataOf, ending, readEvents } from '../events.ts';
import { useWorld } from '../world.ts';

const world = useWorld({}, { REDIS_TIMEOUT_MS: '100' });
useLibrary(world);
const question = 'How does a breaker recover?';
const ask = async (env = world.env): Promise<QueryResponse> => {
  const answer = await call(query, env, { path: '/query', json: { question } });
  expectStatus(answer, 200);
  return answer.body as QueryResponse;
};
const expectExtractive = async (body: QueryResponse) => {
  expect(body).toMatchObject({ answerable: true, mode: 'extractive', model: null });
  expect(body.degraded).toContain('generation_unavailable:extractive');
  expect(body.citations.length).toBeGreaterThan(0);
  for (const { documentId, start, end, quote } of body.citations)
    expect((await storedText(world, documentId)).slice(start, end)).toBe(quote);
};
afterEach(async () => world.mend());

test.each(['down', 'error', 'oom', 'full'] as const)('writer %s: verbatim sentences with citations', async (mode) => {
  await world.fault('ollama', { mode, route: '/api/chat' });
  await expectExtractive(await ask());
});

test('writer that dies in mid-answer: verbatim sentences in its place, when nobody has heard it yet', async () => {
  await expectExtractive(await ask({ ...world.env, OLLAMA_GENERATION_MODEL: 'emulated-crash' }));
});

test('writer that dies in mid-stream: what was told stands, and the stream ends in one error', async () => {
  const env = { ...world.env, OLLAMA_GENERATION_MODEL: 'emulated-crash' };
  const streamed = await readEvents(query, env, { path: '/query', json: { question, stream: true } });
  expect(dataOf(streamed, 'token').length).toBeGreaterThan(0);
  const problem = ending(streamed, 'error');
  expect(problem).toMatchObject({ code: 'dependency_unavailable', dependency: 'ollama_generation' });
  expect(JSON.stringify(problem)).not.toMatch(/unexpected EOF|encountered/);
});

test('writing model missing: verbatim sentences', async () => {
  await expectExtractive(await ask({ ...world.env, OLLAMA_GENERATION_MODEL: 'never-pulled' }));
});

test('a context too small for all passages: the last are dropped and that is said, the first ones answer', async () => {
  const body = await ask({ ...world.env, OLLAMA_NUM_CTX: '1024' });
  expect(body).toMatchObject({ answerable: true, mode: 'generated', degraded: ['passages_dropped:context_budget'] });
  expect(body.citations.length).toBeGreaterThan(0);
});

test('a question that fills the context: verbatim sentences, and that no passage was sent is said', async () => {
  const long = `${question} ${'Tell me at length. '.repeat(200)}`;
  const answer = await call(query, { ...world.env, OLLAMA_NUM_CTX: '1024' }, { path: '/query', json: { question: long } });
  expectStatus(answer, 200);
  expect(answer.body).toMatchObject({ mode: 'extractive', degraded: ['passages_dropped:context_budget'] });
});

test('a prompt that the model cut: its count of tokens tells, and the answer says so', async () => {
  // Single marks are whole tokens to the stand-in, so that its count exceeds the estimate.
  await put(world, [{ id: 'marks', text: `The gasket is made of cork. ${'!?'.repeat(550)}` }], 'marks');
  const json = { question: 'What is the gasket made of?', collection: 'marks', maxAnswerTokens: 1 };
  const answer = await call(query, { ...world.env, OLLAMA_NUM_CTX: '1024' }, { path: '/query', json });
  expectStatus(answer, 200);
  expect(answer.body.degraded).toContain('prompt_truncated:by_model');
  const whole = await call(query, { ...world.env, OLLAMA_NUM_CTX: '16384' }, { path: '/query', json });
  expect(whole.body.degraded).toEqual([]);
});

test('embedder down: an answer from what the words find', async () => {
  await world.fault('ollama', { mode: 'down', route: '/api/embed' });
  const body = await ask();
  expect(body).toMatchObject({ answerable: true, mode: 'generated' });
  expect(body.degraded).toEqual(['embedding_unavailable:sparse_only']);
});

test('embedder and writer down: both are said, once each', async () => {
  await world.fault('ollama', { mode: 'down' });
  const body = await ask();
  await expectExtractive(body);
  expect(body.degraded.toSorted()).toEqual(['embedding_unavailable:sparse_only', 'generation_unavailable:extractive']);
});

test.each(['down', 'error'] as const)('Redis %s: the same answer, with local breakers', async (mode) => {
  const whole = await ask();
  await world.fault('redis', { mode });
  world.forget();
  const body = await ask();
  expect(body.degraded).toEqual(['redis_unavailable:local_breakers']);
  expect({ answer: body.answer, citations: body.citations }).toEqual({ answer: whole.answer, citations: whole.citations });
});
