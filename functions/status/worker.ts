import type { Context } from 'hono';
import { connect } from '../_kernel/connect.ts';
import { readEnv } from '../_kernel/env.ts';
import { createFunction, invocation, type App } from '../_kernel/http/app.ts';
import { jsonBody } from '../_kernel/http/body.ts';
import { requireRole } from '../_kernel/http/identity.ts';
import { conform } from '../_kernel/http/parse.ts';
import { breakerPath, steerRequest } from './contract.ts';
import { health, status, type StatusContext } from './status.ts';

function contextOf(c: Context<App>): StatusContext & { steer: ReturnType<typeof connect>['guard']['steer'] } {
  const env = readEnv(c.env);
  const { guard, unguarded, transitions } = connect(env, invocation(c));
  const models = { embedding: env.OLLAMA_EMBEDDING_MODEL, generation: env.OLLAMA_GENERATION_MODEL };
  return { breakers: guard, unguarded, models, transitions, steer: guard.steer };
}

const app = createFunction('status');
app.get('/status/health', async (c) => {
  const view = await health(contextOf(c));
  return c.json(view, view.status === 'unhealthy' ? 503 : 200);
});
app.get('/status', requireRole('reader'), async (c) => c.json(await status(contextOf(c))));
app.post('/status/breakers/:name', requireRole('admin'), async (c) => {
  const { name } = conform(breakerPath, { name: c.req.param('name') });
  const { state } = await jsonBody(c, steerRequest);
  const context = contextOf(c);
  await context.steer(name, state);
  return c.json((await status(context)).circuitBreakers[name]);
});

export default app;
