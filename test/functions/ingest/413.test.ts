import { expect, test } from 'vitest';
import { INGEST_BODY_MAX_BYTES } from '../../../functions/_kernel/limits.ts';
import ingest from '../../../functions/ingest/worker.ts';
import { call, expectProblem } from '../call.ts';
import { everythingOf } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
const MEGABYTE = 1_048_576;

test.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain'])(
  '413: %s that announces too much is refused before it is read',
  async (type) => {
    let read = 0;
    const body = new ReadableStream({
      pull(controller) {
        read++;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    const headers = { 'content-type': type, 'content-length': String(INGEST_BODY_MAX_BYTES + 1) };
    const answer = await call(ingest, world.env, { path: '/ingest', body, headers });
    expectProblem(answer, 413, 'body_too_large');
    expect(answer.body.detail).toMatch(/16777216.*fewer documents/);
    expect(read).toBeLessThan(4);
  },
);

test('413: a body that announces nothing is read no further than the limit, and nothing is kept', async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += MEGABYTE;
      controller.enqueue(new Uint8Array(MEGABYTE).fill(97));
    },
  });
  const answer = await call(ingest, world.env, { path: '/ingest', body, headers: { 'content-type': 'text/plain' } });
  expectProblem(answer, 413, 'body_too_large');
  expect(sent).toBeLessThanOrEqual(INGEST_BODY_MAX_BYTES + 4 * MEGABYTE);
  expect(await everythingOf(world)).toEqual({ collections: [], jobs: [] });
});
