import { expect, test } from 'vitest';
import mcp from '../../../functions/mcp/worker.ts';
import { call, expectStatus } from '../call.ts';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ACCEPT, INITIALIZE } from './session.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
const post = (body: string, type: string) => call(mcp, world.env, { path: '/mcp', body, headers: { 'content-type': type, ...ACCEPT } });

test('415: only JSON is taken', async () => {
  const answer = await post(JSON.stringify(INITIALIZE), 'text/plain');
  expectStatus(answer, 415);
  expect(answer.body.error.message).toContain('application/json');
});

test('413: a body of more than a megabyte is not read to its end', async () => {
  const answer = await post(JSON.stringify({ ...INITIALIZE, padding: 'x'.repeat(1_048_576) }), 'application/json');
  expectStatus(answer, 413);
  expect(answer.body).toMatchObject({ jsonrpc: '2.0', error: { code: -32_000 } });
});
