import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import collections from '../../../functions/collections/worker.ts';
import { boundsItsBody } from '../edges.ts';
import { useWorld } from '../world.ts';

boundsItsBody(collections, useWorld(), { path: '/collections', json: { name: 'x' } }, JSON_BODY_MAX_BYTES);
