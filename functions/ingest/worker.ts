import type { Context } from 'hono';
import { connect } from '../_kernel/connect.ts';
import { readEnv } from '../_kernel/env.ts';
import { createFunction, invocation, type App } from '../_kernel/http/app.ts';
import { headerValue, jsonBody, parametersOf, readBytes } from '../_kernel/http/body.ts';
import { inBackground } from '../_kernel/http/background.ts';
import { eventStream } from '../_kernel/http/events.ts';
import { requireRole } from '../_kernel/http/identity.ts';
import { HEARTBEAT_MS, INGEST_BODY_MAX_BYTES } from '../_kernel/limits.ts';
import { conform } from '../_kernel/http/parse.ts';
import { begin } from './begin.ts';
import { reapContext, workContext } from './context.ts';
import { idempotencyKey, reindexPath, reindexRequest } from './contract.ts';
import { ingest } from './ingest.ts';
import { hasEnded } from './job.ts';
import { reap } from './reap.ts';
import { reindex } from './reindex.ts';
import { readIngestCall } from './request.ts';
import { cancelJob, follow, job, jobs, type WatchContext } from './watch.ts';

function contextOf(c: Context<App>): WatchContext {
  const call = invocation(c);
  // The work goes on when the client that asked for it has gone.
  const connections = connect(readEnv(c.env), { ...call, signal: new AbortController().signal });
  return workContext(connections, call, c.get('identity').tenant);
}

const app = createFunction('ingest');
app.use('/ingest/*', requireRole('writer'));
app.post('/ingest', async (c) => {
  const bytes = await readBytes(c.req.raw, INGEST_BODY_MAX_BYTES);
  const call = await readIngestCall(c.req.header('content-type') ?? '', bytes, parametersOf(c));
  const context = contextOf(c);
  const jobId = await ingest(context, call.collection, call.documents, headerValue(c, 'idempotency-key', idempotencyKey));
  const view = await begin(context, jobId, call.waitMs);
  return c.json(view, hasEnded(view) ? 200 : 202, { Location: `/api/v1/rag/ingest/jobs/${view.jobId}` });
});
app.post('/collections/:name/reindex', requireRole('admin'), async (c) => {
  const { name } = conform(reindexPath, { name: c.req.param('name') });
  const { rollback } = c.req.header('content-type') === undefined ? { rollback: false } : await jsonBody(c, reindexRequest);
  const context = contextOf(c);
  const view = await begin(context, await reindex(context, name, rollback), 0);
  return c.json(view, 202, { Location: `/api/v1/rag/ingest/jobs/${view.jobId}` });
});
app.get('/ingest/jobs', async (c) => c.json({ jobs: await jobs(contextOf(c)) }));
app.get('/ingest/jobs/:id', async (c) => c.json(await job(contextOf(c), c.req.param('id'))));
app.get('/ingest/jobs/:id/events', async (c) => {
  const context = contextOf(c);
  await job(context, c.req.param('id')); // a job that does not exist is a 404, not a stream
  return eventStream(
    c,
    () => HEARTBEAT_MS,
    async (send, signal) =>
      follow(context, c.req.param('id'), { untilMs: Infinity, signal, onChange: (data) => send({ event: 'progress', data }) }),
  );
});
app.delete('/ingest/jobs/:id', async (c) => c.json(await cancelJob(contextOf(c), c.req.param('id'))));

export default Object.assign(app, { scheduled: inBackground('ingest', (call, env) => reap(reapContext(connect(readEnv(env), call)))) });
