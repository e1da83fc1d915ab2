import collections from '../../../functions/collections/worker.ts';
import { knowsItsMethods } from '../edges.ts';
import { useWorld } from '../world.ts';

knowsItsMethods(collections, useWorld(), [
  { method: 'PUT', path: '/collections', allow: ['GET', 'POST'] },
  { method: 'PATCH', path: '/collections/x', allow: ['GET', 'DELETE'] },
  { method: 'POST', path: '/collections/x/documents', allow: ['GET'] },
  { method: 'PUT', path: '/collections/x/documents/y', allow: ['GET', 'DELETE'] },
]);
