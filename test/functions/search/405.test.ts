import search from '../../../functions/search/worker.ts';
import { knowsItsMethods } from '../edges.ts';
import { useWorld } from '../world.ts';

knowsItsMethods(search, useWorld(), [
  { method: 'DELETE', path: '/search', allow: ['GET', 'POST'] },
  { method: 'PUT', path: '/search', allow: ['GET', 'POST'] },
  { method: 'OPTIONS', path: '/search', allow: ['GET', 'POST'] },
]);
