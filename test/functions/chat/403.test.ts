import { expect, test } from 'vitest';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ask, expectRefusal, QUESTION } from './ask.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);

test.each(['', 'stranger', 'writer,admin'])('403: who is only %j may not ask, and is told the role', async (roles) => {
  for (const route of [{ path: '/chat/completions', json: QUESTION }, { path: '/models' }, { path: '/models/default' }]) {
    const answer = await ask(world.env, { ...route, as: { roles } });
    expectRefusal(answer, 403, { type: 'permission_error', code: 'role_missing' });
    expect(answer.body.error.message).toContain('reader');
  }
});

test('a reader may', async () => {
  const answer = await ask(world.env, { path: '/models', as: { roles: 'somebody, reader' } });
  expect(answer.status, answer.text).toBe(200);
});
