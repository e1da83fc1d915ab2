import { test } from 'vitest';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ask, expectRefusal, QUESTION } from './ask.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
const path = '/chat/completions';

test('415: only JSON is taken', async () => {
  const answer = await ask(world.env, { path, body: JSON.stringify(QUESTION), headers: { 'content-type': 'text/plain' } });
  expectRefusal(answer, 415, { type: 'invalid_request_error', code: 'media_type_unsupported' });
});

test('413: a body of more than a megabyte is refused', async () => {
  const answer = await ask(world.env, { path, json: { ...QUESTION, user: 'x'.repeat(1_048_577) } });
  expectRefusal(answer, 413, { type: 'invalid_request_error', code: 'body_too_large' });
});
