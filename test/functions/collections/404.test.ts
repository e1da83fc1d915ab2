import { expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import { call, expectProblem } from '../call.ts';
import { useLibrary } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);

test.each([
  ['GET', '/collections/default', '/collections/nothing', 'collection_not_found'],
  ['DELETE', '/collections/default', '/collections/nothing', 'collection_not_found'],
  ['GET', '/collections/default/documents', '/collections/nothing/documents', 'collection_not_found'],
  ['GET', '/collections/default/documents/bread.txt', '/collections/nothing/documents/bread.txt', 'collection_not_found'],
  ['DELETE', '/collections/default/documents/bread.txt', '/collections/nothing/documents/bread.txt', 'collection_not_found'],
])('404: %s %s of another tenant and %s, which nobody has, are the same to the letter', async (method, others, nobodys, code) => {
  const ask = (path: string) => call(collections, world.env, { method, path, as: { tenant: 'bob' }, headers: { 'x-request-id': 'same' } });
  const [one, other] = [await ask(others), await ask(nobodys)];
  expectProblem(one, 404, code);
  expect(one.text).toBe(other.text);
  expect((await call(collections, world.env, { path: '/collections/default' })).body.documents).toBe(3);
});

test.each(['GET', 'DELETE'])('404: %s of a document that the collection does not have', async (method) => {
  const answer = await call(collections, world.env, { method, path: '/collections/default/documents/nothing.md' });
  expectProblem(answer, 404, 'document_not_found');
});
