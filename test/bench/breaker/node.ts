import { serve } from '@hono/node-server';
import { answer } from './app.ts';

// A process of its own, so that the load generator's work is not in the figures.
const redisUrl = process.argv[2]!;
serve({ fetch: (request: Request) => answer(request, redisUrl, () => {}), hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  process.send!(`http://127.0.0.1:${port}`);
});
