import query from '../../../functions/query/worker.ts';
import { needsRoles } from '../edges.ts';
import { useWorld } from '../world.ts';

needsRoles(query, useWorld(), [
  { path: '/query', json: { question: 'x' }, roles: 'reader' },
  { path: '/query', json: { question: 'x', stream: true }, roles: 'reader' },
]);
