import ingest from '../../../functions/ingest/worker.ts';
import { refusesStrangers } from '../edges.ts';
import { useWorld } from '../world.ts';

refusesStrangers(ingest, useWorld(), [
  { path: '/ingest', json: { documents: [{ text: 'x' }] }, roles: 'writer' },
  { path: '/ingest/jobs', roles: 'writer' },
  { path: '/ingest/jobs/6f1a3a3e-8f43-4c5b-9c55-0f6a2d6f7b1e/events', roles: 'writer' },
]);
