import status from '../../../functions/status/worker.ts';
import { refusesStrangers } from '../edges.ts';
import { useWorld } from '../world.ts';

refusesStrangers(status, useWorld(), [
  { path: '/status', roles: 'reader' },
  { path: '/status/breakers/qdrant_search', json: { state: 'closed' }, roles: 'admin' },
]);
