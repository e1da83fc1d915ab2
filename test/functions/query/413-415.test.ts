import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import query from '../../../functions/query/worker.ts';
import { boundsItsBody } from '../edges.ts';
import { useWorld } from '../world.ts';

boundsItsBody(query, useWorld(), { path: '/query', json: { question: 'x' } }, JSON_BODY_MAX_BYTES);
