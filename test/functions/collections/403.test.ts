import collections from '../../../functions/collections/worker.ts';
import { needsRoles } from '../edges.ts';
import { useWorld } from '../world.ts';

needsRoles(collections, useWorld(), [
  { path: '/collections', roles: 'reader' },
  { path: '/collections', json: { name: 'x' }, roles: 'writer' },
  { path: '/collections/x', roles: 'reader' },
  { path: '/collections/x', method: 'DELETE', roles: 'writer' },
  { path: '/collections/x/documents', roles: 'reader' },
  { path: '/collections/x/documents/y', roles: 'reader' },
  { path: '/collections/x/documents/y', method: 'DELETE', roles: 'writer' },
]);
