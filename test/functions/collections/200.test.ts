import { expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import {
  collectionListResponse,
  collectionResponse,
  documentDeletedResponse,
  documentListResponse,
  documentResponse,
} from '../../../functions/collections/contract.ts';
import search from '../../../functions/search/worker.ts';
import { call, expectStatus } from '../call.ts';
import { LIBRARY, put, useLibrary } from '../corpus.ts';
import { namesItsRequests } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);
const get = async (path: string) => {
  const answer = await call(collections, world.env, { path });
  expectStatus(answer, 200);
  return answer.body;
};

test('200: a collection shows its counts, its state and what it was indexed with', async () => {
  const body = await get('/collections/default');
  expect(collectionResponse.parse(body)).toMatchObject({
    name: 'default',
    documents: 3,
    state: 'green',
    fingerprint: { model: 'emulated-embed', dimension: expect.any(Number), chunkChars: 800 },
  });
  expect(body.chunks).toBeGreaterThan(3);
});

test('200: the list shows each collection as it shows itself, by name', async () => {
  await put(world, [{ id: 'a', text: 'Another.' }], 'another');
  const body = await get('/collections');
  expect(() => collectionListResponse.parse(body)).not.toThrow();
  expect(body.collections).toEqual([await get('/collections/another'), await get('/collections/default')]);
});

test('200: a tenant who has none sees none', async () => {
  const answer = await call(collections, world.env, { path: '/collections', as: { tenant: 'newcomer' } });
  expect(answer.body).toEqual({ collections: [] });
});

test('200: documents come in pages that together are all of them, each once, without their texts', async () => {
  const documents = Array.from({ length: 7 }, (_, i) => ({ id: `d${i}`, text: `Document number ${i}.` }));
  await put(world, documents, 'pages');
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await get(`/collections/pages/documents?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
    expect(documentListResponse.parse(page)).toEqual(page);
    expect(page.documents.length).toBeLessThanOrEqual(3);
    expect(JSON.stringify(page)).not.toContain('Document number');
    seen.push(...page.documents.map(({ id }: { id: string }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen.toSorted()).toEqual(documents.map(({ id }) => id));
});

test('200: a document comes with its text and everything that was said of it', async () => {
  const [given] = LIBRARY;
  const body = await get('/collections/default/documents/breaker.md');
  expect(documentResponse.parse(body)).toEqual(body);
  expect(body).toMatchObject({ ...given, characters: given!.text.length });
});

test.each([['a/b/c.md'], ['ümlaut & space?.txt'], ['100%'], ['https://docs.example/a?b=c#d']])(
  '200: a document whose id is %s can be read and deleted by it',
  async (id) => {
    await put(world, [{ id, text: `The text of ${id}.` }], 'odd-names');
    const path = `/collections/odd-names/documents/${encodeURIComponent(id)}`;
    const read = await call(collections, world.env, { path });
    expectStatus(read, 200);
    expect(read.body).toMatchObject({ id, text: `The text of ${id}.` });
    expectStatus(await call(collections, world.env, { method: 'DELETE', path }), 200);
    expectStatus(await call(collections, world.env, { path }), 404);
  },
);

test('200: deleting a document says how many chunks went, and leaves nothing of it', async () => {
  await put(world, [...LIBRARY, { id: 'stays', text: 'This one about breakers stays.' }], 'deleting');
  const before = await get('/collections/deleting');
  const { chunks } = await get('/collections/deleting/documents/breaker.md');
  const deleted = await call(collections, world.env, { method: 'DELETE', path: '/collections/deleting/documents/breaker.md' });
  expectStatus(deleted, 200);
  expect(documentDeletedResponse.parse(deleted.body)).toEqual({ chunksDeleted: chunks });
  expect(await get('/collections/deleting')).toEqual({ ...before, documents: before.documents - 1, chunks: before.chunks - chunks });
  const found = await call(search, world.env, { path: '/search?q=circuit+breaker+dependency&collection=deleting&limit=100' });
  expect(found.body.hits.map(({ documentId }: { documentId: string }) => documentId)).not.toContain('breaker.md');
  const again = await call(collections, world.env, { method: 'DELETE', path: '/collections/deleting/documents/breaker.md' });
  expect(again.body.code).toBe('document_not_found');
});

namesItsRequests(collections, world, { path: '/collections' });
