import status from '../../../functions/status/worker.ts';
import { knowsItsMethods } from '../edges.ts';
import { useWorld } from '../world.ts';

knowsItsMethods(status, useWorld(), [
  { method: 'POST', path: '/status', allow: ['GET'] },
  { method: 'DELETE', path: '/status/health', allow: ['GET'] },
  { method: 'GET', path: '/status/breakers/qdrant_search', allow: ['POST'] },
]);
