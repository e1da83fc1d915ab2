import { afterEach, beforeAll, expect, test } from 'vitest';
import ingest from '../../../functions/ingest/worker.ts';
import { call, expectProblem, type Asked } from '../call.ts';
import { everythingOf, put } from '../corpus.ts';
import { readsJsonStrictly } from '../edges.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
let before: unknown;
beforeAll(async () => {
  await put(world, [{ id: 'kept', text: 'What was there before.' }]);
  before = await everythingOf(world);
});
// Nothing half-written, whatever was refused: no collection, document or job has appeared, and none has gone.
afterEach(async () => expect(await everythingOf(world)).toEqual(before));

const post = (json: unknown, rest: Partial<Asked> = {}) => call(ingest, world.env, { path: '/ingest', json, ...rest });
const one = (fields: object = {}) => ({ documents: [{ id: 'a', text: 'Some text.', ...fields }] });

readsJsonStrictly(ingest, world, '/ingest');

test('400: every wrong and every unknown field is named at once', async () => {
  const answer = await post({
    collection: 'A..b',
    wait: 5,
    documents: [
      { id: '', text: 7, name: 'x' },
      'text',
      { text: 'fine', contentType: 'application/pdf', metadata: { 'a.b': 1, c: { d: 1 } } },
    ],
  });
  expectProblem(answer, 400, 'invalid_request');
  const paths = answer.body.errors.map(({ path }: { path: string }) => path).toSorted();
  expect(paths).toEqual(
    [
      'collection',
      'documents[0].id',
      'documents[0].name',
      'documents[0].text',
      'documents[1]',
      'documents[2].contentType',
      'documents[2].metadata.a.b',
      'documents[2].metadata.c',
      'wait',
    ].toSorted(),
  );
});

test.each([
  ['no documents', {}, 'documents', /list of documents/],
  ['an empty list', { documents: [] }, 'documents', /at least one/],
  ['1,001 documents', { documents: Array.from({ length: 1_001 }, () => ({ text: 'x' })) }, 'documents', /1000.*further requests/],
  ['an empty document', one({ text: '' }), 'documents[0].text', /empty/],
  ['a document of white space', one({ text: ' \r\n\t' }), 'documents[0].text', /empty/],
  ['a collection with ..', { collection: '..', ...one() }, 'collection', /a–z/],
  ['a collection with a dot', { collection: 'a.v1', ...one() }, 'collection', /a–z/],
  ['an id of 513 characters', one({ id: 'x'.repeat(513) }), 'documents[0].id', /512/],
  ['an id that no path can name', one({ id: '..' }), 'documents[0].id', /path/],
  ['half a surrogate pair in a text', one({ text: 'a\ud83db' }), 'documents[0].text', /surrogate/],
  ['half a surrogate pair in an id', one({ id: '\udc00' }), 'documents[0].id', /surrogate/],
  ['half a surrogate pair in a metadata key', one({ metadata: { 'k\ud800': 1 } }), expect.stringContaining('metadata'), /surrogate/],
  [
    '65 metadata keys',
    one({ metadata: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i])) }),
    'documents[0].metadata',
    /64/,
  ],
  ['null in metadata', one({ metadata: { k: null } }), 'documents[0].metadata.k', /string, a number/],
])('400: %s is named with what to do', async (_, body, path, says) => {
  const answer = await post(body);
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors, answer.text).toContainEqual({ path, message: expect.stringMatching(says) });
});

test('400: two different documents under one id are refused, and the id is named', async () => {
  const answer = await post({
    documents: [
      { id: 'a', text: 'one' },
      { id: 'a', text: 'two' },
    ],
  });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors).toEqual([{ path: 'documents[1]', message: expect.stringContaining('same id') }]);
});

test.each([
  ['wait of 30,001', '/ingest?wait=30001', 'wait', /0 to 30000/],
  ['wait that is no number', '/ingest?wait=soon', 'wait', /0 to 30000/],
  ['a negative wait', '/ingest?wait=-1', 'wait', /0 to 30000/],
  ['wait given twice', '/ingest?wait=1&wait=2', 'wait', /more than once/],
  ['an unknown parameter', '/ingest?sync=1', 'sync', /not a field/],
  ['a collection in the query string of a JSON body', '/ingest?collection=a', 'collection', /not a field/],
])('400: %s', async (_, path, field, says) => {
  const answer = await post(one(), { path });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors, answer.text).toContainEqual({ path: field, message: expect.stringMatching(says) });
});

test.each([
  ['with a space', 'a b'],
  ['too long', 'x'.repeat(256)],
  ['empty', ''],
  ['with letters beyond ASCII', 'schl\u00fcssel'],
])('400: an Idempotency-Key %s', async (_, key) => {
  const answer = await post(one(), { headers: { 'idempotency-key': key } });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors).toEqual([{ path: 'idempotency-key', message: expect.stringContaining('visible ASCII') }]);
});

const multipart = (body: string, boundary = 'xyz') =>
  call(ingest, world.env, { path: '/ingest', body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } });

test.each([
  ['without any part', '--xyz--\r\n'],
  ['with another boundary than it says', '--abc\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\nx\r\n--abc--\r\n'],
  ['that is cut off', '--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\nx'],
  ['that is none at all', 'hello'],
])('400: a form %s', async (_, body) => {
  expectProblem(await multipart(body), 400, 'invalid_request');
});

test('400: a form without a boundary says to let the client set it', async () => {
  const answer = await call(ingest, world.env, { path: '/ingest', body: 'x', headers: { 'content-type': 'multipart/form-data' } });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors).toEqual([{ path: '', message: expect.stringContaining('boundary') }]);
});

test('400: a form without files says that one is missing', async () => {
  const body = new FormData();
  body.append('collection', 'default');
  const answer = await call(ingest, world.env, { path: '/ingest', body });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors).toEqual([{ path: 'file', message: expect.stringContaining('at least one file') }]);
});

test('400: an unknown field of a form, and a collection with .., are named', async () => {
  const body = new FormData();
  body.append('collection', '../x');
  body.append('folder', 'y');
  body.append('file', new File(['x'], 'a.md'));
  const answer = await call(ingest, world.env, { path: '/ingest', body });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual(['collection', 'folder']);
});

test('400: a field of a form given twice is an error, because one of them would pass silently', async () => {
  const body = new FormData();
  body.append('collection', 'one');
  body.append('collection', 'two');
  body.append('file', new File(['x'], 'a.md'));
  const answer = await call(ingest, world.env, { path: '/ingest', body });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors).toEqual([{ path: 'collection', message: expect.stringContaining('more than once') }]);
});

test('400: a file with an ending that cannot be read, beside one that can, is named', async () => {
  const body = new FormData();
  body.append('file', new File(['x'], 'a.md'));
  body.append('file', new File(['x'], 'b.exe'));
  const answer = await call(ingest, world.env, { path: '/ingest', body });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors).toEqual([{ path: 'b.exe', message: expect.stringContaining('.md') }]);
});

test('400: two different files of one name are refused', async () => {
  const body = new FormData();
  body.append('file', new File(['one'], 'a.md'));
  body.append('file', new File(['two'], 'a.md'));
  const answer = await call(ingest, world.env, { path: '/ingest', body });
  expectProblem(answer, 400, 'invalid_request');
  expect(answer.body.errors).toEqual([{ path: 'a.md', message: expect.stringContaining('same id') }]);
});
