import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import search from '../../../functions/search/worker.ts';
import { boundsItsBody } from '../edges.ts';
import { useWorld } from '../world.ts';

boundsItsBody(search, useWorld(), { path: '/search', json: { query: 'x' } }, JSON_BODY_MAX_BYTES);
