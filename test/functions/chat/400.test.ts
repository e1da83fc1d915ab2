import { expect, test } from 'vitest';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { useLibrary } from '../corpus.ts';
import { ask, expectRefusal, QUESTION } from './ask.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
useLibrary(world);
const post = (json: unknown) => ask(world.env, { path: '/chat/completions', json });
const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
const tool = { type: 'function', function: { name: 'f' } };

test.each([
  ['no model', { model: undefined }, 'model', /name of a collection/],
  ['no messages', { messages: undefined }, 'messages', /list of messages/],
  ['an empty list of messages', { messages: [] }, 'messages', /at least one/],
  ['a role that there is not', { messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role', /calls no tools/],
  ['a picture', user([{ type: 'image_url', image_url: { url: 'data:' } }]), 'messages[0].content', /string, or a list of parts/],
  [
    'an assistant that has the last word',
    { messages: [...QUESTION.messages, { role: 'assistant', content: 'a' }] },
    'messages',
    /end with a question/,
  ],
  ['a question of white space', user(' \n'), 'messages', /end with a question/],
  ['more than one answer', { n: 2 }, 'n', /must be 1/],
  ['tools', { tools: [tool] }, 'tools', /calls no tools/],
  ['functions', { functions: [tool] }, 'functions', /calls no tools/],
  ['stop words', { stop: ['.'] }, 'stop', /leave it out/],
  ['log probabilities', { logprobs: true }, 'logprobs', /leave it out/],
  ['an answer in JSON', { response_format: { type: 'json_object' } }, 'response_format.type', /must be text/],
  ['a spoken answer', { modalities: ['text', 'audio'] }, 'modalities[1]', /must be text/],
  ['stop words as one', { stop: '.' }, 'stop', /leave it out/],
  ['fewer tokens than no bound', { max_tokens: -2 }, 'max_tokens', /1 to/],
  ['no token', { max_tokens: 0 }, 'max_tokens', /1 to/],
  ['stream as text', { stream: 'yes' }, 'stream', /true or false/],
])('400: %s is named with what to do', async (_, fields, param, says) => {
  const answer = await post({ ...QUESTION, ...fields });
  expectRefusal(answer, 400, { type: 'invalid_request_error', code: 'invalid_request', param });
  expect(answer.body.error.message).toMatch(says);
});

test('400: every wrong field stands in the message', async () => {
  const answer = await post({ ...QUESTION, n: 2, stop: 'x', max_tokens: 0 });
  for (const field of ['n must', 'stop cannot', 'max_tokens must']) expect(answer.body.error.message).toContain(field);
});

test('400: what only the service can judge comes in the same words, streamed or not', async () => {
  for (const stream of [false, true]) {
    const answer = await post({ ...QUESTION, ...user('é'.repeat(10_001)), stream });
    expectRefusal(answer, 400, { type: 'invalid_request_error', code: 'query_too_long' });
    expect(answer.body.error.message).toMatch(/10001.*10000/);
  }
});

test('400: a field that bears a name of every object is named as itself', async () => {
  const answer = await ask(world.env, { path: '/chat/completions', body: '{"__proto__":{"admin":true}}' });
  expectRefusal(answer, 400, { type: 'invalid_request_error', code: 'invalid_request', param: '__proto__' });
});

test.each([['{'], [''], ['[]'], ['null']])('400: a body that is %j', async (body) => {
  const answer = await ask(world.env, { path: '/chat/completions', body });
  expectRefusal(answer, 400, { type: 'invalid_request_error', code: 'invalid_request' });
});

test.each([
  ['nosuch', false],
  ['nosuch', true],
  ['gpt-4.1', false],
  ['../etc', true],
])('404: the model %s (stream: %s) is no collection', async (model, stream) => {
  const answer = await post({ ...QUESTION, model, stream });
  expectRefusal(answer, 404, { type: 'invalid_request_error', code: 'model_not_found', param: 'model' });
  expect(answer.body.error.message).toContain('GET /v1/models');
});

test('404: a model by a name that no collection has, or can have', async () => {
  for (const name of ['nosuch', 'gpt-4.1', '..%2F..']) {
    const answer = await ask(world.env, { path: `/models/${name}` });
    expectRefusal(answer, 404, { type: 'invalid_request_error', code: 'model_not_found', param: 'model' });
  }
});
