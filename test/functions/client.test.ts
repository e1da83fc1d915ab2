import { describe, expect, test } from 'vitest';
import { createClient, RagError, type Client, type Job } from '../../functions/_kernel/client/client.ts';
import { functionsFetch } from './client-fetch.ts';
import { LIBRARY, useLibrary } from './corpus.ts';
import { useWorld } from './world.ts';

// The client against the functions themselves; on both runtimes.

const world = useWorld();
useLibrary(world);

function clientAs(as: Parameters<typeof functionsFetch>[1] = {}): { client: Client } & ReturnType<typeof functionsFetch> {
  const functions = functionsFetch(world, as);
  return { ...functions, client: createClient({ url: 'http://rag.test', apiKey: 'key', fetch: functions.fetch }) };
}

describe('asking', () => {
  test('a search and an answer are the bodies of the contract', async () => {
    const { client } = clientAs();
    const found = await client.search({ query: 'sourdough bread', limit: 2 });
    expect(found).toMatchObject({ query: 'sourdough bread', collection: 'default', degraded: [] });
    expect(found.hits[0]!.documentId).toBe('bread.txt');
    const answer = await client.query({ question: 'What does sourdough bread need?' });
    expect(answer.answerable).toBe(true);
    expect(LIBRARY.find(({ id }) => id === 'bread.txt')!.text).toContain(answer.citations[0]!.quote);
  });

  test('a stream is meta, tokens and citations, and done with what query answers', async () => {
    const { client, settled } = clientAs();
    const events: string[] = [];
    let text = '';
    let whole = '';
    for await (const { event, data } of client.stream({ question: 'What does sourdough bread need?' })) {
      events.push(event);
      if (event === 'token') text += data.text;
      if (event === 'done') whole = data.answer;
    }
    await settled();
    expect(events[0]).toBe('meta');
    expect(events.filter((one) => one === 'done')).toHaveLength(1);
    expect(events.at(-1)).toBe('done');
    expect(text).toBe(whole);
  });

  test('a refusal is a RagError with code, status, request id and fields', async () => {
    const { client } = clientAs();
    const refused = await client.search({ query: '  ', limit: 500 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RagError);
    expect(refused).toMatchObject({ code: 'invalid_request', status: 400, requestId: expect.stringMatching(/.+/) });
    expect((refused as RagError).errors.map(({ path }) => path)).toEqual(['query', 'limit']);
    await expect(client.query({ question: 'Why?', collection: 'none' })).rejects.toMatchObject({
      code: 'collection_not_found',
      status: 404,
    });
    await expect(clientAs({ roles: 'reader' }).client.collections.delete('default')).rejects.toMatchObject({ code: 'role_missing' });
    const stream = client.stream({ question: 'Why?', collection: 'none' });
    await expect(stream.next()).rejects.toMatchObject({ code: expect.stringMatching('collection_not_found'), status: 404 });
  });
});

describe('ingesting', () => {
  test('files, and texts, are followed to their end; the same key again is the same job, other files under it are refused', async () => {
    const { client, settled } = clientAs();
    const told: Job[] = [];
    const files = [
      new File(['# Lathe\n\nThe lathe is oiled every morning.'], 'lathe.md'),
      { name: 'saw.txt', content: new Blob(['The saw is sharpened on Mondays.']) },
    ];
    const options = { idempotencyKey: 'workshop-1', onProgress: (job: Job) => void told.push(job) };
    const job = await client.ingest({ collection: 'workshop', files }, options);
    expect(job).toMatchObject({ collection: 'workshop', state: 'succeeded', documents: { total: 2, done: 2, failed: 0 } });
    expect(told.at(-1)).toEqual(job);
    expect((await client.ingest({ collection: 'workshop', files }, { idempotencyKey: 'workshop-1' })).jobId).toBe(job.jobId);
    const other = client.ingest({ collection: 'workshop', files: files.slice(1) }, { idempotencyKey: 'workshop-1' });
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused', status: 409 });
    const waited = await client.ingest(
      { collection: 'workshop', documents: [{ id: 'plane', text: 'The plane hangs.' }] },
      { waitMs: 10_000 },
    );
    expect(waited.state).toBe('succeeded');
    await settled();
  });

  test('jobs are listed, shown, followed and cancelled', async () => {
    const { client, settled } = clientAs();
    const { jobId } = await client.ingest({ collection: 'jobs', documents: [{ id: 'a', text: 'A lantern.' }] });
    const seen: string[] = [];
    for await (const { event, data } of client.jobs.events(jobId)) seen.push(`${event} ${data.jobId === jobId}`);
    expect(seen.at(-1)).toBe('done true');
    expect((await client.jobs.list()).jobs.map((one) => one.jobId)).toContain(jobId);
    expect((await client.jobs.get(jobId)).state).toBe('succeeded');
    expect((await client.jobs.cancel(jobId)).state).toBe('succeeded');
    await expect(client.jobs.get('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({ code: 'job_not_found' });
    await settled();
  });
});

test('collections are made, listed, read page by page, reindexed and deleted; ids with slashes and spaces too', async () => {
  const { client, settled } = clientAs();
  await client.collections.create({ name: 'shelf', description: 'Books' });
  const ids = ['a/b c.md', 'ü?&#.txt', 'plain'];
  const documents = ids.map((id) => ({ id, text: `The book ${id} lies here.` }));
  await client.ingest({ collection: 'shelf', documents }, { waitMs: 10_000 });
  expect((await client.collections.list()).collections.map(({ name }) => name)).toContain('shelf');
  expect(await client.collections.get('shelf')).toMatchObject({ description: 'Books', documents: 3 });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await client.collections.documents('shelf', { limit: 2, ...(cursor !== null && { cursor }) });
    seen.push(...page.documents.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen.toSorted()).toEqual(ids.toSorted());
  for (const id of ids) expect((await client.collections.document('shelf', id)).text).toContain(id);
  const job = await client.collections.reindex('shelf');
  for await (const _ of client.jobs.events(job.jobId)) continue;
  expect(await client.collections.deleteDocument('shelf', ids[0]!)).toEqual({ chunksDeleted: 1 });
  await client.collections.delete('shelf');
  await expect(client.collections.get('shelf')).rejects.toMatchObject({ code: 'collection_not_found' });
  await settled();
});

test('status, health and the breakers', async () => {
  const { client } = clientAs();
  expect((await client.status()).dependencies.qdrant.up).toBe(true);
  expect(await client.health()).toMatchObject({ status: 'healthy', redis: 'up' });
  expect(await client.steer('ollama_generation', 'isolated')).toMatchObject({ state: 'isolated' });
  expect((await client.health()).circuitBreakers.ollama_generation).toBe('isolated');
  expect(await client.steer('ollama_generation', 'closed')).toMatchObject({ state: 'closed' });
});

test('whoever leaves a stream stops the model', async () => {
  const { client, requests, settled } = clientAs();
  for await (const { event } of client.stream({ question: 'What does sourdough bread need?' })) if (event === 'meta') break;
  expect(requests[0]!.signal.aborted).toBe(true);
  await settled();
});
