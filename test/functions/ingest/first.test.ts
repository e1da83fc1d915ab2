import { expect, test } from 'vitest';
import { incomingOf, ingest as accept } from '../../../functions/ingest/ingest.ts';
import ingest from '../../../functions/ingest/worker.ts';
import { call } from '../call.ts';
import { useWorld } from '../world.ts';
import { dyingAtWrite, workContext } from './dying-worker.ts';

// The very first jobs of an installation find nothing that keeps jobs, and make it.

const document = (id: string) => ({
  id,
  text: `The heron of ${id} stands in the reeds.`,
  contentType: 'text/plain' as const,
  metadata: {},
});
const put = (world: ReturnType<typeof useWorld>, tenant: string) =>
  call(ingest, world.env, {
    path: '/ingest?wait=10000',
    json: { documents: [{ id: 'a', text: 'A heron stands in the reeds.' }] },
    as: { tenant },
  });

test('of many tenants at once: each is done', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => put(together, `tenant-${i}`)));
  expect(answers.map(({ status, body }) => `${status} ${body.state ?? body.detail}`)).toEqual(
    Array.from({ length: 8 }, () => '200 succeeded'),
  );
});

test('of a worker that dies at any write: the next one finishes what it began', async () => {
  for (let n = 1, died = true; died; n++) {
    await fetch(`${alone.urls.qdrant}/collections/_rag_jobs_1`, { method: 'DELETE' });
    const dying = dyingAtWrite(workContext(alone), n);
    await accept(dying, `dying-${n}`, incomingOf([document('a')]), null).catch(() => {});
    died = dying.died();
    const answer = await put(alone, `after-${n}`);
    expect(`${answer.status} ${answer.body.state ?? answer.body.detail}`, `write ${n}`).toBe('200 succeeded');
  }
});

const together = useWorld();
const alone = useWorld();
