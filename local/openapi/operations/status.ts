import { JSON_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import { breakerPath } from '../../../functions/status/contract.ts';
import { EXAMPLES } from '../examples.ts';
import type { Operation } from '../operation.ts';
import { UPSTREAM } from './shared.ts';

const UNHEALTHY = {
  ...(EXAMPLES['Health'] as { circuitBreakers: object }),
  status: 'unhealthy',
  circuitBreakers: { ...(EXAMPLES['Health'] as { circuitBreakers: object }).circuitBreakers, qdrant_search: 'open' },
};

const status = { function: 'status', tag: 'status' } as const;

export const statusOperations: readonly Operation[] = [
  {
    ...status,
    id: 'health',
    method: 'get',
    path: '/status/health',
    role: null,
    summary: 'Ask whether the service is well',
    description: 'Quick, and no call to a model or a database: it tells what the circuit breakers know. Open to everyone.',
    parameters: [],
    answers: {
      200: { description: 'Healthy, or degraded: it answers, with less.', content: { of: 'Health' } },
      503: {
        description: 'Unhealthy: Qdrant cannot be searched, and nothing can be answered.',
        content: { of: 'Health', example: UNHEALTHY },
      },
    },
    codes: [],
  },
  {
    ...status,
    id: 'status',
    method: 'get',
    path: '/status',
    role: 'reader',
    summary: 'See every dependency',
    description: 'Asks each dependency now: latency, version, models, and what its circuit breaker has seen.',
    parameters: [],
    answers: { 200: { description: 'What each answered.', content: { of: 'Status' } } },
    codes: [],
  },
  {
    ...status,
    id: 'steerBreaker',
    method: 'post',
    path: '/status/breakers/{name}',
    role: 'admin',
    summary: 'Isolate a dependency, or let calls through again',
    description: 'From private addresses only.',
    parameters: [{ name: 'name', in: 'path', required: true, schema: breakerPath.shape.name, description: 'The dependency.' }],
    body: { required: true, limitBytes: JSON_BODY_MAX_BYTES, content: { 'application/json': { of: 'SteerRequest' } } },
    answers: { 200: { description: 'The breaker as it is now.', content: { of: 'Breaker' } } },
    codes: UPSTREAM,
  },
];
