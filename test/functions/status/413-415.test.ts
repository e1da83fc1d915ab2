import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import status from '../../../functions/status/worker.ts';
import { boundsItsBody } from '../edges.ts';
import { useWorld } from '../world.ts';

boundsItsBody(status, useWorld(), { path: '/status/breakers/qdrant_search', json: { state: 'closed' } }, JSON_BODY_MAX_BYTES);
