import type { Context } from 'hono';
import { connect, type Connections } from '../_kernel/connect.ts';
import { readEnv } from '../_kernel/env.ts';
import { createFunction, invocation, type App } from '../_kernel/http/app.ts';
import { jsonBody } from '../_kernel/http/body.ts';
import { requireRole, requireScraper } from '../_kernel/http/identity.ts';
import { conform } from '../_kernel/http/parse.ts';
import { breakerPath, steerRequest } from './contract.ts';
import { metrics } from './metrics.ts';
import { health, status, type StatusContext } from './status.ts';

function contextOf(c: Context<App>): StatusContext & Connections {
  const env = readEnv(c.env);
  const connections = connect(env, invocation(c));
  const models = { embedding: env.OLLAMA_EMBEDDING_MODEL, generation: env.OLLAMA_GENERATION_MODEL };
  return { ...connections, breakers: connections.guard, models };
}

const app = createFunction('status');
app.get('/status/health', async (c) => {
  const view = await health(contextOf(c));
  return c.json(view, view.status === 'unhealthy' ? 503 : 200);
});
// For the scraper inside; the gateway has no route here.
app.get('/status/metrics', requireScraper, async (c) =>
  c.text(await metrics(contextOf(c)), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
);
app.get('/status', requireRole('reader'), async (c) => {
  const context = contextOf(c);
  return c.json(await status(context, context.corpus(c.get('identity').tenant).tenant));
});
app.post('/status/breakers/:name', requireRole('admin'), async (c) => {
  const { name } = conform(breakerPath, { name: c.req.param('name') });
  const { state } = await jsonBody(c, steerRequest);
  const context = contextOf(c);
  await context.guard.steer(name, state);
  const { tenant } = context.corpus(c.get('identity').tenant);
  return c.json((await status(context, tenant)).circuitBreakers[name]);
});

export default app;
