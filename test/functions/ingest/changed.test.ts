import { expect, test } from 'vitest';
import collections from '../../../functions/collections/worker.ts';
import ingest from '../../../functions/ingest/worker.ts';
import { ingest as accept } from '../../../functions/ingest/ingest.ts';
import { work } from '../../../functions/ingest/work.ts';
import { call, expectStatus } from '../call.ts';
import { useWorld } from '../world.ts';
import { workContext } from './dying-worker.ts';

const world = useWorld();
const SUBJECTS = ['harbour', 'orchard', 'railway', 'glacier', 'library', 'market'];
const paragraphs = (changed: number, word: string) =>
  SUBJECTS.map(
    (subject, i) => `The ${i === changed ? word : subject} keeper writes. ${`A note on the ${subject} of the north. `.repeat(20)}`,
  ).join('\n\n');

/** Ingests a document and says which texts the model was asked for. */
async function embedded(text: string, title: string): Promise<string[]> {
  const context = workContext(world);
  const asked: string[] = [];
  const embedder: typeof context.embedder = {
    ...context.embedder,
    passages(texts, fingerprint, options) {
      asked.push(...texts);
      return context.embedder.passages(texts, fingerprint, options);
    },
  };
  const document = {
    at: 'documents[0]',
    id: 'a',
    title,
    url: null,
    language: null,
    contentType: 'text/plain' as const,
    metadata: {},
    content: text,
  };
  await work({ ...context, embedder }, await accept({ ...context, embedder }, 'changed', [document], null));
  return asked;
}

test('one paragraph changed: only its passage is embedded again, and the document is the new one', async () => {
  const first = await embedded(paragraphs(-1, ''), 'Keepers');
  expect(first.length).toBeGreaterThanOrEqual(SUBJECTS.length);
  const again = await embedded(paragraphs(3, 'windmill'), 'Keepers');
  expect(again).toHaveLength(1);
  expect(again[0]).toContain('windmill');
  const { body } = await call(collections, world.env, { path: '/collections/changed' });
  expect(body).toMatchObject({ documents: 1, chunks: first.length });
});

test('the same content again: nothing is embedded', async () => {
  expect(await embedded(paragraphs(3, 'windmill'), 'Keepers')).toEqual([]);
});

test('renamed: it is still one document', async () => {
  await embedded(paragraphs(3, 'windmill'), 'Keepers of the north');
  const { body } = await call(collections, world.env, { path: '/collections/changed/documents' });
  expect(body.documents).toMatchObject([{ id: 'a', title: 'Keepers of the north' }]);
});

test('ten replays at once leave the same points', async () => {
  const json = { collection: 'replayed', documents: [{ id: 'a', text: paragraphs(-1, '') }] };
  const replay = () => call(ingest, world.env, { path: '/ingest?wait=10000', json, headers: { 'idempotency-key': 'once' } });
  const answers = await Promise.all(Array.from({ length: 10 }, replay));
  for (const answer of answers) expectStatus(answer, 200);
  expect(new Set(answers.map(({ body }) => body.jobId)).size).toBe(1);
  const { body } = await call(collections, world.env, { path: '/collections/replayed' });
  expect(body).toMatchObject({ documents: 1, chunks: SUBJECTS.length });
});
