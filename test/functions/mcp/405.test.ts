import mcp from '../../../functions/mcp/worker.ts';
import { knowsItsMethods } from '../edges.ts';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
knowsItsMethods(mcp, world, [
  { method: 'GET', path: '/mcp', allow: ['POST'] }, // no stream without a request: the server is stateless
  { method: 'DELETE', path: '/mcp', allow: ['POST'] }, // no session that could end
  { method: 'PUT', path: '/mcp', allow: ['POST'] },
]);
