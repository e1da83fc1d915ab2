import query from '../../../functions/query/worker.ts';
import { knowsItsMethods } from '../edges.ts';
import { useWorld } from '../world.ts';

knowsItsMethods(query, useWorld(), [
  { method: 'GET', path: '/query', allow: ['POST'] },
  { method: 'DELETE', path: '/query', allow: ['POST'] },
]);
