import mcp from '../../../functions/mcp/worker.ts';
import { refusesStrangers } from '../edges.ts';
import { peersOf } from '../peers.ts';
import { useWorld, type World } from '../world.ts';
import { ACCEPT, INITIALIZE } from './session.ts';

const world: World = useWorld(
  {},
  peersOf(() => world.env),
);
refusesStrangers(mcp, world, [{ path: '/mcp', json: INITIALIZE, headers: ACCEPT, roles: 'reader' }]);
