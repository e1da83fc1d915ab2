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

/** A function that is asked, and answers so. */
const asked = (answer: () => Response | Promise<Response>) => ({ ...world.env, QUERY_FUNCTION: { fetch: answer } });
const events = (...told: string[]) => new Response(told.join(''), { headers: { 'content-type': 'text/event-stream' } });
const META = 'event: meta\ndata: {"hits":[],"degraded":[]}\n\n';
const TOKEN = 'event: token\ndata: {"text":"Half of an "}\n\n';
const FAILED = `event: error\ndata: ${JSON.stringify({ status: 504, code: 'deadline_exceeded', detail: 'Too late.', requestId: 'r' })}\n\n`;

test.each([
  ['breaks off', [META, TOKEN], 'dependency_unavailable'],
  ['ends with an error', [META, TOKEN, FAILED], 'deadline_exceeded'],
  ['says what is none of its words', [META, TOKEN, 'event: done\ndata: null\n\n'], 'internal'],
])("a stream that %s ends with OpenAI's error, not with [DONE]", async (_, told, code) => {
  const env = asked(() => events(...told));
  const { text } = await ask(env, { path: '/chat/completions', json: { ...QUESTION, stream: true } });
  expect(text).toContain('Half of an ');
  expect(text).not.toContain('[DONE]');
  const last = JSON.parse(text.trimEnd().split('\n').at(-1)!.slice('data: '.length)) as unknown;
  expect(last).toEqual({ error: { message: expect.stringMatching(/^\w/), type: 'server_error', param: null, code } });
});

test('a function that does not answer is 503 with when to try again; one that answers what is no answer is 500', async () => {
  for (const stream of [false, true]) {
    const json = { ...QUESTION, stream };
    const away = await ask(
      asked(() => Promise.reject(new TypeError('no network'))),
      { path: '/chat/completions', json },
    );
    expectRefusal(away, 503, { type: 'server_error', code: 'dependency_unavailable' });
    expect(away.headers.get('retry-after')).toBe('1');
    const odd = await ask(
      asked(() => new Response('<html>')),
      { path: '/chat/completions', json },
    );
    expectRefusal(odd, 500, { type: 'server_error', code: 'internal' });
    const bare = await ask(
      asked(() => new Response('no healthy instance', { status: 503 })),
      { path: '/chat/completions', json },
    );
    expectRefusal(bare, 503, { type: 'server_error', code: 'dependency_unavailable' });
    expect(bare.headers.get('retry-after')).toBe('1');
  }
});

test('a function that is not bound is a fault of the configuration: 500, and nothing of it is told', async () => {
  const answer = await ask({ ...world.env, QUERY_FUNCTION: undefined }, { path: '/chat/completions', json: QUESTION });
  expectRefusal(answer, 500, { type: 'server_error', code: 'internal' });
  expect(answer.text).not.toContain('QUERY_FUNCTION');
});
