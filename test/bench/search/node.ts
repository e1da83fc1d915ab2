import { serve } from '@hono/node-server';
import { startServer } from '../../../compose/server.ts';
import { bare } from './bare.ts';

// A process of its own, so that the load generator's work is not in the figures. The log goes where a container's goes: to a pipe.
const env = JSON.parse(process.argv[3]!) as Record<string, string>;
if (process.argv[2] === 'function') {
  process.send!((await startServer({ env, port: 0, host: '127.0.0.1' })).url);
} else {
  serve({ fetch: (request: Request) => bare.fetch(request, env), hostname: '127.0.0.1', port: 0 }, ({ port }) => {
    process.send!(`http://127.0.0.1:${port}`);
  });
}
