import { expect, test } from 'vitest';
import ingest from '../../../functions/ingest/worker.ts';
import { call, expectProblem } from '../call.ts';
import { everythingOf } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d]);

const upload = (name: string, content: string | Uint8Array<ArrayBuffer>) => {
  const body = new FormData();
  body.append('file', new File([content], name));
  return call(ingest, world.env, { path: '/ingest?wait=1000', body });
};

test.each([
  ['a picture named .md', 'photo.md', PNG, /UTF-8/],
  ['zero bytes inside a text', 'zero.txt', 'a\u0000b', /control characters/],
  ['invalid UTF-8', 'latin.txt', new Uint8Array([0x66, 0xfc, 0x72]), /UTF-8/],
  ['an overlong encoding', 'overlong.txt', new Uint8Array([0xc0, 0xaf]), /UTF-8/],
  ['an encoded surrogate', 'cesu.txt', new Uint8Array([0xed, 0xa0, 0x80]), /UTF-8/],
  ['UTF-16', 'utf16.txt', new Uint8Array([0xff, 0xfe, 0x61, 0x00]), /UTF-8/],
  ['an empty file', 'empty.md', '', /empty/],
  ['a file of white space', 'blank.txt', ' \r\n\t', /empty/],
  ['a byte order mark alone', 'bom.txt', '\ufeff', /empty/],
  ['a page without text', 'page.html', '<html><script>1</script><body> </body></html>', /no readable text/],
])('422: %s says why, and nothing is kept', async (_, name, content, says) => {
  const answer = await upload(name, content);
  expectProblem(answer, 422, 'document_unreadable');
  expect(answer.body.errors).toEqual([{ path: name, message: expect.stringMatching(says) }]);
  expect(await everythingOf(world)).toEqual({ collections: [], jobs: [] });
});

test('422: a raw text that is not UTF-8', async () => {
  const answer = await call(ingest, world.env, { path: '/ingest', body: PNG, headers: { 'content-type': 'text/plain' } });
  expectProblem(answer, 422, 'document_unreadable');
  expect(answer.body.errors).toEqual([{ path: 'body', message: expect.stringContaining('UTF-8') }]);
});

test('422: every document that cannot be read is named, when none can', async () => {
  const documents = [
    { id: 'a', text: 'a\u0001b' },
    { id: 'b', text: '<p></p>', contentType: 'text/html' },
  ];
  const answer = await call(ingest, world.env, { path: '/ingest', json: { documents } });
  expectProblem(answer, 422, 'document_unreadable');
  expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(['documents[0]', 'documents[1]']);
  expect(await everythingOf(world)).toEqual({ collections: [], jobs: [] });
});
