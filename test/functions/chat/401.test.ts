import { expect, test } from 'vitest';
import { peersOf } from '../peers.ts';
import { PREVIOUS_TOKEN, useWorld, type World } from '../world.ts';
import { ask, expectRefusal, openai, QUESTION } from './ask.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
const ROUTES = [{ path: '/chat/completions', json: QUESTION }, { path: '/models' }, { path: '/models/default' }];

test.each([
  ['without a service token', { token: null }],
  ['with a wrong service token', { token: 'service-token-of-somebody-else-0123456' }],
  ['with a valid token but no consumer', { tenant: '' }],
])('401: %s', async (_, as) => {
  for (const route of ROUTES) {
    const answer = await ask(world.env, { ...route, as });
    expectRefusal(answer, 401, { type: 'authentication_error', code: 'service_token_invalid' });
    expect(answer.text).not.toContain(String(world.env['SERVICE_TOKEN']));
  }
});

test("401: OpenAI's client says that it was not let in", async () => {
  await expect(openai(world.env, { token: null }).models.list()).rejects.toMatchObject({
    name: 'Error',
    status: 401,
    code: 'service_token_invalid',
  });
});

test('the previous service token is accepted while it is rotated, also by the function that is asked', async () => {
  const answer = await ask(world.env, { path: '/models', as: { token: PREVIOUS_TOKEN } });
  expect(answer.status, answer.text).toBe(200);
});
