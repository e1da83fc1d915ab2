import type { Context } from 'hono';
import { connect } from '../_kernel/connect.ts';
import { readEnv } from '../_kernel/env.ts';
import { createFunction, invocation, type App } from '../_kernel/http/app.ts';
import { jsonBody, parametersOf } from '../_kernel/http/body.ts';
import { requireRole } from '../_kernel/http/identity.ts';
import { conform } from '../_kernel/http/parse.ts';
import { collection, collections, create, document, documents, remove, removeDocument, type CollectionsContext } from './collections.ts';
import { collectionPath, createRequest, documentsParameters } from './contract.ts';

function contextOf(c: Context<App>): CollectionsContext {
  const { corpus, embedder } = connect(readEnv(c.env), invocation(c));
  return { store: corpus(c.get('identity').tenant), embedder };
}
const nameOf = (c: Context<App>): string => conform(collectionPath, { name: c.req.param('name') }).name;

const app = createFunction('collections');
app.get('/collections', requireRole('reader'), async (c) => c.json(await collections(contextOf(c))));
app.post('/collections', requireRole('writer'), async (c) => {
  const made = await create(contextOf(c), await jsonBody(c, createRequest));
  return c.json(made, 201, { Location: `/api/v1/rag/collections/${made.name}` });
});
app.get('/collections/:name', requireRole('reader'), async (c) => c.json(await collection(contextOf(c), nameOf(c))));
app.delete('/collections/:name', requireRole('writer'), async (c) => {
  await remove(contextOf(c), nameOf(c));
  return c.body(null, 204);
});
app.get('/collections/:name/documents', requireRole('reader'), async (c) => {
  const { limit, cursor } = conform(documentsParameters, parametersOf(c));
  return c.json(await documents(contextOf(c), nameOf(c), { limit, cursor: cursor ?? null }));
});
app.get('/collections/:name/documents/:id', requireRole('reader'), async (c) =>
  c.json(await document(contextOf(c), nameOf(c), c.req.param('id'))),
);
app.delete('/collections/:name/documents/:id', requireRole('writer'), async (c) =>
  c.json(await removeDocument(contextOf(c), nameOf(c), c.req.param('id'))),
);

export default app;
