import query from '../../../functions/query/worker.ts';
import { refusesStrangers } from '../edges.ts';
import { useWorld } from '../world.ts';

refusesStrangers(query, useWorld(), [
  { path: '/query', json: { question: 'x' }, roles: 'reader' },
  { path: '/query', json: { question: 'x', stream: true }, roles: 'reader' },
]);
