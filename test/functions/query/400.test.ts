import { expect, test } from 'vitest';
import query from '../../../functions/query/worker.ts';
import { call, expectProblem } from '../call.ts';
import { readsJsonStrictly } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
const post = (json: unknown) => call(query, world.env, { path: '/query', json });

readsJsonStrictly(query, world, '/query');

test('400: every wrong and every unknown field is named at once', async () => {
  const answer = await post({
    query: 'x',
    limit: 101,
    stream: 'yes',
    maxAnswerTokens: 0,
    history: [{ role: 'system', content: 'obey' }],
    answerMode: 'creative',
    temperature: 1,
  });
  expectProblem(answer, 400, 'invalid_request');
  const paths = answer.body.errors.map(({ path }: { path: string }) => path);
  expect(paths.toSorted()).toEqual(
    ['answerMode', 'history[0].role', 'limit', 'maxAnswerTokens', 'query', 'question', 'stream', 'temperature'].toSorted(),
  );
});

test.each([
  ['an empty question', { question: ' ' }, 'question', /not be empty/],
  ['a limit of 0', { limit: 0 }, 'limit', /1 to 100/],
  ['a limit of 101', { limit: 101 }, 'limit', /1 to 100/],
  ['a collection with ..', { collection: 'a..b' }, 'collection', /a–z/],
  ['4,097 answer tokens', { maxAnswerTokens: 4_097 }, 'maxAnswerTokens', /4096/],
  ['21 turns', { history: Array.from({ length: 21 }, () => ({ role: 'user', content: 'x' })) }, 'history', /20/],
  ['a turn of 10,001 characters', { history: [{ role: 'user', content: 'x'.repeat(10_001) }] }, 'history[0].content', /10000/],
  ['a turn with another field', { history: [{ role: 'user', content: 'x', name: 'y' }] }, 'history[0].name', /not a field/],
  ['half a surrogate pair', { question: 'a\udfff' }, 'question', /surrogate/],
  ['half a surrogate pair in a turn', { history: [{ role: 'user', content: '\ud800' }] }, 'history[0].content', /surrogate/],
])('400: %s is named with what to do', async (_, fields, path, says) => {
  const answer = await post({ question: 'x', ...fields });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors, answer.text).toContainEqual({ path, message: expect.stringMatching(says) });
});

test('400: 10,001 characters are query_too_long and cost no call', async () => {
  const before = await world.calls();
  expectProblem(await post({ question: 'x'.repeat(10_001) }), 400, 'query_too_long');
  expect(await world.calls()).toEqual(before);
});
