import { expect, test } from 'vitest';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ask, expectRefusal } from './ask.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);

test.each([
  ['GET', '/chat/completions', ['POST']],
  ['DELETE', '/chat/completions', ['POST']],
  ['POST', '/models', ['GET']],
  ['DELETE', '/models/default', ['GET']],
])('405: %s %s says which methods it answers', async (method, path, allow) => {
  const answer = await ask(world.env, { method, path });
  expectRefusal(answer, 405, { type: 'invalid_request_error', code: 'method_not_allowed' });
  expect(answer.headers.get('allow')?.split(', ')).toEqual(allow);
});

test.each(['/completions', '/embeddings', '/responses'])('404: %s of that protocol is not spoken', async (path) => {
  const answer = await ask(world.env, { path, json: {} });
  expectRefusal(answer, 404, { type: 'invalid_request_error', code: 'route_not_found' });
});
