import type { Context } from 'hono';
import { createClient } from '../_kernel/client/client.ts';
import { createFunction, type App } from '../_kernel/http/app.ts';
import { jsonBody } from '../_kernel/http/body.ts';
import { eventStream, type Wording } from '../_kernel/http/events.ts';
import { requireRole } from '../_kernel/http/identity.ts';
import { peers, PEERS_URL } from '../_kernel/http/peers.ts';
import { HEARTBEAT_BEFORE_FIRST_TOKEN_MS, HEARTBEAT_MS } from '../_kernel/limits.ts';
import { chunksOf, completionOf, type Heading } from './completion.ts';
import { chatRequest } from './contract.ts';
import { collectionOf, modelOf } from './models.ts';
import { questionOf } from './question.ts';
import { refusalOf } from './refusal.ts';

const WORDING: Wording = {
  event: ({ data }) => ({ data: JSON.stringify(data) }),
  done: () => ({ data: '[DONE]' }),
  failed: (problem) => ({ data: JSON.stringify(refusalOf(problem)) }),
};
const service = (c: Context<App>) => createClient({ url: PEERS_URL, fetch: peers(c, ['query', 'collections']), retries: 0 });

const app = createFunction('chat', { base: '/v1', tell: refusalOf });
app.post('/chat/completions', requireRole('reader'), async (c) => {
  const request = await jsonBody(c, chatRequest);
  const input = questionOf(request);
  const created = Math.floor(Date.now() / 1_000);
  const heading: Heading = { id: `chatcmpl-${c.get('requestId')}`, created, model: request.model, maxTokens: input.maxAnswerTokens };
  if (request.stream !== true) return c.json(completionOf(await service(c).query(input), heading));
  const left = new AbortController();
  const events = service(c).stream(input, left);
  // What was found comes first, or the reason why nothing can be: that is still a status, and no broken stream.
  await events.next();
  let heartbeatMs = HEARTBEAT_BEFORE_FIRST_TOKEN_MS;
  return eventStream(
    c,
    () => heartbeatMs,
    async (send, gone) => {
      gone.addEventListener('abort', () => left.abort(gone.reason));
      for await (const data of chunksOf(events, heading, request.stream_options?.include_usage === true)) {
        await send({ event: 'chunk', data });
        if ((data.choices[0]?.delta.content ?? '') !== '') heartbeatMs = HEARTBEAT_MS;
      }
    },
    WORDING,
  );
});
app.get('/models', requireRole('reader'), async (c) => {
  const { collections } = await service(c).collections.list();
  return c.json({ object: 'list', data: collections.map(modelOf) });
});
app.get('/models/:id', requireRole('reader'), async (c) =>
  c.json(modelOf(await service(c).collections.get(collectionOf(c.req.param('id'))))),
);

export default app;
