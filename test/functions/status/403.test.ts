import status from '../../../functions/status/worker.ts';
import { needsRoles } from '../edges.ts';
import { useWorld } from '../world.ts';

needsRoles(status, useWorld(), [
  { path: '/status', roles: 'reader' },
  { path: '/status/breakers/qdrant_search', json: { state: 'closed' }, roles: 'admin' },
]);
