import search from '../../../functions/search/worker.ts';
import { refusesStrangers } from '../edges.ts';
import { useWorld } from '../world.ts';

refusesStrangers(search, useWorld(), [
  { path: '/search?q=x', roles: 'reader' },
  { path: '/search', json: { query: 'x' }, roles: 'reader' },
]);
