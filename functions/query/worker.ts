import { connect } from '../_kernel/connect.ts';
import { readEnv } from '../_kernel/env.ts';
import { createFunction, invocation } from '../_kernel/http/app.ts';
import { jsonBody } from '../_kernel/http/body.ts';
import { eventStream } from '../_kernel/http/events.ts';
import { requireRole } from '../_kernel/http/identity.ts';
import { HEARTBEAT_BEFORE_FIRST_TOKEN_MS, HEARTBEAT_MS } from '../_kernel/limits.ts';
import { queryRequest, type QueryResponse } from './contract.ts';
import { remembered } from './remembered.ts';
import { NOBODY } from './reply.ts';

/** What the log and the metrics tell of an answer. */
const notedOf = ({ answerable, reason, mode, degraded, usage, cached }: QueryResponse) => ({
  answerable,
  refusal: reason,
  mode,
  degraded,
  ...usage,
  cached,
});

const app = createFunction('query');
app.post('/query', requireRole('reader'), async (c) => {
  const input = await jsonBody(c, queryRequest);
  const call = invocation(c);
  const wantsEvents = input.stream || (c.req.header('accept') ?? '').includes('text/event-stream');
  const contextFor = async (signal: AbortSignal) => {
    const { corpus, embedder, writer, cache, degraded, prepare } = connect(readEnv(c.env), {
      ...call,
      signal: AbortSignal.any([call.signal, signal]),
    });
    await prepare(['ollama_embedding', 'qdrant_search', 'ollama_generation']);
    return { store: corpus(c.get('identity').tenant), embedder, writer, cache, degraded };
  };
  if (!wantsEvents) {
    const answer = await remembered(await contextFor(call.signal), input, NOBODY);
    c.set('noted', notedOf(answer));
    return c.json(answer);
  }
  let heartbeatMs = HEARTBEAT_BEFORE_FIRST_TOKEN_MS;
  return eventStream(
    c,
    () => heartbeatMs,
    async (send, signal) => {
      const answer = await remembered(await contextFor(signal), input, {
        meta: (data) => send({ event: 'meta', data }),
        piece: (piece) => {
          heartbeatMs = HEARTBEAT_MS;
          return piece.kind === 'text'
            ? send({ event: 'token', data: { text: piece.text } })
            : send({ event: 'citation', data: piece.citation });
        },
      });
      c.set('noted', notedOf(answer));
      return answer;
    },
  );
});

export default app;
