import { expect, test } from 'vitest';
import ingest from '../../../functions/ingest/worker.ts';
import { call, expectProblem } from '../call.ts';
import { everythingOf } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();

test.each([['application/octet-stream'], ['image/png'], ['application/xml'], ['application/jsonp'], ['text/'], ['']])(
  '415: Content-Type %j is refused, and what is accepted is listed',
  async (type) => {
    const answer = await call(ingest, world.env, {
      path: '/ingest',
      body: new Uint8Array([120]),
      headers: type === '' ? {} : { 'content-type': type },
    });
    expectProblem(answer, 415, 'media_type_unsupported');
    for (const accepted of ['application/json', 'multipart/form-data', 'text/markdown', '*.md', '*.txt', '*.html'])
      expect(answer.body.detail).toContain(accepted);
    expect(await everythingOf(world)).toEqual({ collections: [], jobs: [] });
  },
);

test.each([['photo.exe'], ['README'], ['.md.zip'], ['md']])('415: a form whose only file is %s', async (name) => {
  const body = new FormData();
  body.append('file', new File(['x'], name));
  expectProblem(await call(ingest, world.env, { path: '/ingest', body }), 415, 'media_type_unsupported');
  expect(await everythingOf(world)).toEqual({ collections: [], jobs: [] });
});
