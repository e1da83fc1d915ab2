import { expect, test } from 'vitest';
import { jobListResponse, jobResponse } from '../../../functions/ingest/contract.ts';
import ingest from '../../../functions/ingest/worker.ts';
import search from '../../../functions/search/worker.ts';
import { call, expectStatus, type Asked } from '../call.ts';
import { everythingOf, LIBRARY, put, storedText } from '../corpus.ts';
import { namesItsRequests } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
const post = async (asked: Omit<Asked, 'path'>, collection = '') => {
  const answer = await call(ingest, world.env, { path: `/ingest?wait=10000${collection}`, ...asked });
  expectStatus(answer, 200);
  expect(jobResponse.parse(answer.body)).toEqual(answer.body);
  return answer.body;
};
const file = (name: string, content: string | Uint8Array<ArrayBuffer>) => new File([content], name);
const form = (...parts: (readonly [string, string | File])[]) => {
  const body = new FormData();
  for (const [name, value] of parts) body.append(name, value);
  return body;
};
const embeddings = async () => (await world.calls()).filter((line) => line.includes('/api/embed')).length;

test('202: accepted at once, with the way to its job; the job ends as succeeded', async () => {
  const answer = await call(ingest, world.env, { path: '/ingest', json: { collection: 'later', documents: LIBRARY } });
  expectStatus(answer, 202);
  expect(jobResponse.parse(answer.body)).toEqual(answer.body);
  expect(answer.body).toMatchObject({ collection: 'later', state: expect.stringMatching(/queued|running/), documents: { total: 3 } });
  expect(answer.headers.get('location')).toBe(`/api/v1/rag/ingest/jobs/${answer.body.jobId}`);
  const job = await call(ingest, world.env, { path: `/ingest/jobs/${answer.body.jobId}` });
  expectStatus(job, 200);
  expect(job.body).toMatchObject({ state: 'succeeded', documents: { total: 3, done: 3, unchanged: 0, failed: 0 }, failures: [] });
  expect(job.body.chunks.done).toBe(job.body.chunks.total);
  expect(job.body.chunks.total).toBeGreaterThan(3);
});

test('200: ?wait= holds the answer until the job has ended', async () => {
  expect(await post({ json: { collection: 'waited', documents: LIBRARY } })).toMatchObject({ state: 'succeeded', documents: { done: 3 } });
});

test('200: the same documents again are unchanged and cost no embedding', async () => {
  await put(world, LIBRARY, 'same');
  const [before, kept] = [await embeddings(), JSON.stringify(((await everythingOf(world)) as { collections: unknown[] }).collections)];
  expect(await post({ json: { collection: 'same', documents: LIBRARY } })).toMatchObject({
    state: 'succeeded',
    documents: { total: 3, done: 0, unchanged: 3, failed: 0 },
  });
  expect(await embeddings()).toBe(before);
  expect(JSON.stringify(((await everythingOf(world)) as { collections: unknown[] }).collections)).toBe(kept);
});

test('200: a changed document replaces the old one whole', async () => {
  await put(world, [{ id: 'a', text: 'The harbour crane is painted yellow.' }], 'changing');
  await put(world, [{ id: 'a', text: 'The lighthouse is painted white.' }], 'changing');
  expect(await storedText(world, 'a', 'changing')).toBe('The lighthouse is painted white.');
  const found = await call(search, world.env, {
    path: '/search',
    json: { query: 'harbour crane lighthouse', collection: 'changing', limit: 50 },
  });
  expect(found.body.hits.map(({ text }: { text: string }) => text)).toEqual(['The lighthouse is painted white.']);
  expect(await everythingOf(world)).toMatchObject({
    collections: expect.arrayContaining([expect.objectContaining({ name: 'changing', documents: 1, chunks: 1 })]),
  });
});

test('200: files of a form become documents by their names', async () => {
  const body = form(
    ['collection', 'files'],
    ['file', file('guide.md', '# The guide\n\nTurn the key twice.')],
    ['file', file('notes.txt', 'Plain notes about the key.')],
    [
      'file',
      file('page.html', '<html><head><title>Page</title><script>let secret</script></head><body><p>Read <b>me</b>.</p></body></html>'),
    ],
  );
  expect(await post({ body })).toMatchObject({ collection: 'files', documents: { total: 3, done: 3 } });
  expect(await storedText(world, 'guide.md', 'files')).toBe('# The guide\n\nTurn the key twice.');
  expect(await storedText(world, 'page.html', 'files')).toBe('Read me.');
  const found = await call(search, world.env, { path: '/search?q=key&collection=files' });
  expect(found.body.hits.map(({ title }: { title: string | null }) => title)).toEqual(expect.arrayContaining(['The guide', null]));
});

test('200: a raw text is a document named by the query string', async () => {
  const headers = { 'content-type': 'text/markdown; charset=utf-8' };
  const path = '/ingest?wait=10000&collection=raw&id=raw.md&title=Raw&url=https%3A%2F%2Fdocs.example%2Fraw';
  const answer = await call(ingest, world.env, { path, body: 'Raw **text**.', headers });
  expectStatus(answer, 200);
  expect(await storedText(world, 'raw.md', 'raw')).toBe('Raw **text**.');
});

test('200: a document without an id is the same document when it comes again', async () => {
  const documents = [{ text: 'A text that has no name.' }];
  await post({ json: { collection: 'nameless', documents } });
  expect(await post({ json: { collection: 'nameless', documents } })).toMatchObject({ documents: { unchanged: 1 } });
});

test('200: equal documents twice in a request are one', async () => {
  const document = { id: 'twin', text: 'The same text.' };
  expect(await post({ json: { collection: 'twins', documents: [document, document] } })).toMatchObject({
    documents: { total: 1, done: 1 },
  });
});

test('200: line ends and emoji are kept to the letter', async () => {
  const text = '\u{1f600} one\r\ntwo\rthree\n\n\u{1f469}\u200d\u{1f52c} four\t\u00a0end\r\n';
  await post({ body: form(['collection', 'exact'], ['file', file('exact.txt', text)]) });
  expect(await storedText(world, 'exact.txt', 'exact')).toBe(text);
});

test('200: a byte order mark is dropped, so offsets begin with the first letter', async () => {
  await post({ body: form(['collection', 'bom'], ['file', file('bom.txt', '\ufeffFirst.')]) });
  expect(await storedText(world, 'bom.txt', 'bom')).toBe('First.');
});

test('200: what can be read is indexed and what cannot is told: partial', async () => {
  const body = form(
    ['collection', 'mixed'],
    ['file', file('good.md', 'Readable words.')],
    ['file', file('bad.md', new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10]))],
    ['file', file('empty.txt', ' \n')],
  );
  expect(await post({ body })).toMatchObject({
    state: 'partial',
    documents: { total: 3, done: 1, failed: 2 },
    failures: [
      { documentId: 'bad.md', code: 'document_unreadable', detail: expect.stringContaining('UTF-8') },
      { documentId: 'empty.txt', code: 'document_unreadable', detail: expect.stringContaining('empty') },
    ],
  });
});

test('200: metadata is kept and can be filtered by', async () => {
  const documents = [{ id: 'm', text: 'Words with metadata.', metadata: { lang: 'en', pages: 12, draft: false, tags: ['a', 'b'] } }];
  await post({ json: { collection: 'meta', documents } });
  const filter = {
    must: [
      { key: 'pages', range: { gt: 11, lte: 12 } },
      { key: 'draft', match: false },
    ],
  };
  const found = await call(search, world.env, { path: '/search', json: { query: 'words', collection: 'meta', filter } });
  expect(found.body.hits).toMatchObject([{ documentId: 'm', metadata: documents[0]!.metadata }]);
});

test("200: jobs are listed newest first, and only the tenant's own", async () => {
  const as = { tenant: 'lister' };
  const ids: string[] = [];
  for (const id of ['one', 'two']) ids.push((await put(world, [{ id, text: `Document ${id}.` }], 'default', as)).body.jobId);
  const listed = await call(ingest, world.env, { path: '/ingest/jobs', as });
  expectStatus(listed, 200);
  expect(jobListResponse.parse(listed.body)).toEqual(listed.body);
  expect(listed.body.jobs.map(({ jobId }: { jobId: string }) => jobId)).toEqual(ids.toReversed());
});

test('200: two tenants keep collections of one name apart', async () => {
  await put(world, [{ id: 'mine', text: 'A text of Carla about lanterns.' }], 'shared-name', { tenant: 'carla' });
  await put(world, [{ id: 'mine', text: 'A text of Dora about lanterns.' }], 'shared-name', { tenant: 'dora' });
  const found = await call(search, world.env, { path: '/search?q=lanterns&collection=shared-name', as: { tenant: 'dora' } });
  expect(found.body.hits.map(({ text }: { text: string }) => text)).toEqual(['A text of Dora about lanterns.']);
});

namesItsRequests(ingest, world, { path: '/ingest/jobs' });
