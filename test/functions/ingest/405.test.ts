import ingest from '../../../functions/ingest/worker.ts';
import { knowsItsMethods } from '../edges.ts';
import { useWorld } from '../world.ts';

knowsItsMethods(ingest, useWorld(), [
  { method: 'GET', path: '/ingest', allow: ['POST'] },
  { method: 'POST', path: '/ingest/jobs', allow: ['GET'] },
  { method: 'PUT', path: '/ingest/jobs/x', allow: ['GET', 'DELETE'] },
  { method: 'POST', path: '/ingest/jobs/x/events', allow: ['GET'] },
]);
