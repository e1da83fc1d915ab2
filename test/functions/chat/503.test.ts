import { expect, test } from 'vitest';
import { useLibrary } from '../corpus.ts';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ask, expectRefusal, openai, QUESTION } from './ask.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
useLibrary(world);

test.each([
  ['an answer', { path: '/chat/completions', json: QUESTION }],
  ['a streamed answer', { path: '/chat/completions', json: { ...QUESTION, stream: true } }],
  ['the models', { path: '/models' }],
  ['a model', { path: '/models/default' }],
])('503: %s while Qdrant is down, with when to try again', async (_, route) => {
  world.forget();
  await world.fault('qdrant', { mode: 'down' });
  try {
    const answer = await ask(world.env, route);
    expectRefusal(answer, 503, { type: 'server_error', code: 'dependency_unavailable' });
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(answer.text).not.toMatch(/127\.0\.0\.1|at .*\.ts/);
  } finally {
    await world.fault('qdrant', { mode: 'up' });
  }
});

test('without a writer the answer is verbatim, as for a query', async () => {
  await world.mend();
  await world.fault('ollama', { mode: 'down', route: '/api/chat' });
  try {
    const answer = await openai(world.env).chat.completions.create(QUESTION);
    expect(answer.choices[0]!.message.content).toContain('[1]');
    expect(answer.usage!.total_tokens).toBe(0);
    expect(answer).toMatchObject({ x_rag: { mode: 'extractive', degraded: ['generation_unavailable:extractive'] } });
  } finally {
    await world.mend();
  }
});

test("a stream that breaks off ends with OpenAI's error, not with [DONE]", async () => {
  await world.mend();
  await world.fault('ollama', { mode: 'cut', route: '/api/chat' });
  try {
    const { text } = await ask(world.env, { path: '/chat/completions', json: { ...QUESTION, stream: true } });
    if (text.includes('[DONE]')) expect(text).toContain('annotations'); // cut before the first word: verbatim sentences took its place
    else expect(text).toMatch(/data: \{"error":\{"message":"[^"]+","type":"server_error"/);
  } finally {
    await world.mend();
  }
});

test('a function that is not bound is a fault of the configuration: 500, and nothing of it is told', async () => {
  const answer = await ask({ ...world.env, QUERY_FUNCTION: undefined }, { path: '/chat/completions', json: QUESTION });
  expectRefusal(answer, 500, { type: 'server_error', code: 'internal' });
  expect(answer.text).not.toContain('QUERY_FUNCTION');
});
