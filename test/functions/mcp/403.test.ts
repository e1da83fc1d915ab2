import { expect, test } from 'vitest';
import mcp from '../../../functions/mcp/worker.ts';
import { call, expectStatus } from '../call.ts';
import { needsRoles } from '../edges.ts';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ACCEPT, INITIALIZE } from './session.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
needsRoles(mcp, world, [{ path: '/mcp', json: INITIALIZE, headers: ACCEPT, roles: 'reader' }]);

test.each([
  ['https://evil.example', 403],
  ['null', 403],
  ['http://localhost.evil.example', 403],
  ['http://localhost:3103', 200],
  ['http://127.0.0.1:6274', 200],
])('a page of %s: %s, whatever key it has (DNS rebinding; MCP, transports)', async (origin, status) => {
  const answer = await call(mcp, world.env, { path: '/mcp', json: INITIALIZE, headers: { ...ACCEPT, origin } });
  expectStatus(answer, status);
  if (status === 403) expect(answer.body).toMatchObject({ jsonrpc: '2.0', error: { message: expect.stringMatching(/origin/i) }, id: null });
});
