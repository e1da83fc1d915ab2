import search from '../../../functions/search/worker.ts';
import { needsRoles } from '../edges.ts';
import { useWorld } from '../world.ts';

needsRoles(search, useWorld(), [
  { path: '/search?q=x', roles: 'reader' },
  { path: '/search', json: { query: 'x' }, roles: 'reader' },
]);
