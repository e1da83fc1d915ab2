import { connect } from '../_kernel/connect.ts';
import { readEnv } from '../_kernel/env.ts';
import { createFunction, invocation, type App } from '../_kernel/http/app.ts';
import { jsonBody, parametersOf } from '../_kernel/http/body.ts';
import { conform } from '../_kernel/http/parse.ts';
import { requireRole } from '../_kernel/http/identity.ts';
import type { Context } from 'hono';
import { searchParameters, searchRequest, type SearchRequest } from './contract.ts';
import { search } from './search.ts';

async function answer(c: Context<App>, input: SearchRequest): Promise<Response> {
  const { corpus, embedder, writer, degraded, prepare } = connect(readEnv(c.env), invocation(c));
  await prepare(['ollama_embedding', 'qdrant_search']);
  const store = corpus(c.get('identity').tenant);
  const found = await search({ store, embedder, writer, degraded }, input);
  c.set('noted', { hits: found.hits.length, degraded: found.degraded });
  return c.json(found);
}

const app = createFunction('search');
app.get('/search', requireRole('reader'), (c) => answer(c, conform(searchRequest, conform(searchParameters, parametersOf(c)))));
app.post('/search', requireRole('reader'), async (c) => answer(c, await jsonBody(c, searchRequest)));

export default app;
