import { expect, test } from 'vitest';
import { documentVector, type SparseVector } from '../../../functions/_kernel/retrieval/sparse.ts';
import { reindex } from '../../../functions/ingest/reindex.ts';
import { work } from '../../../functions/ingest/work.ts';
import ingest from '../../../functions/ingest/worker.ts';
import collections from '../../../functions/collections/worker.ts';
import { call, expectProblem, expectStatus } from '../call.ts';
import { useWorld } from '../world.ts';
import { workContext } from './dying-worker.ts';

const world = useWorld();
const put = async (collection: string, document: object) => {
  const json = { collection, documents: [{ id: 'a', ...document }] };
  expectStatus(await call(ingest, world.env, { path: '/ingest?wait=10000', json }), 200);
};
const documentOf = async (collection: string) =>
  (await call(collections, world.env, { path: `/collections/${collection}/documents/a` })).body;
const statisticsOf = async (collection: string) =>
  (await call(collections, world.env, { path: `/collections/${collection}` })).body.statistics;

type Kept = { payload: { kind: string; text: string }; vector: { lexical?: SparseVector } };
async function chunksOf(collection: string): Promise<{ text: string; lexical: SparseVector }[]> {
  const url = `${String(world.env['QDRANT_URL'])}/collections/ann.${collection}/points/scroll`;
  const body = JSON.stringify({ limit: 100, with_payload: true, with_vector: true });
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const { points } = ((await response.json()) as { result: { points: Kept[] } }).result;
  return points.flatMap(({ payload, vector }) => (vector.lexical ? [{ text: payload.text, lexical: vector.lexical }] : []));
}
const NAMES = 'Häuser Gärten Bücher Züge Brücken Lieder Berge Flüsse '.repeat(14).trim();
const GERMAN = `Das ist ein Bericht, der von dem Hafen handelt und nicht lang ist.\n\n${NAMES}\n\n${NAMES}`;

test('all chunks of a document are in its language, also those that show none', async () => {
  await put('whole', { text: GERMAN });
  const { lengths, language } = await statisticsOf('whole');
  expect(language).toBe('de');
  const chunks = await chunksOf('whole');
  expect(chunks.length).toBeGreaterThan(1);
  for (const { text, lexical } of chunks) expect(lexical).toEqual(documentVector({ text, language: 'de' }, lengths));
  expect(await documentOf('whole')).toMatchObject({ language: null });
});

test('a language that is given goes before the one that shows, and a reindexing keeps it', async () => {
  await put('given', { text: 'The keepers were lighting the lanterns of the harbours.', language: 'de-AT' });
  for (const round of ['ingested', 'reindexed']) {
    expect(await documentOf('given'), round).toMatchObject({ language: 'de' });
    const { lengths, language } = await statisticsOf('given');
    expect(language, round).toBe('de');
    for (const { text, lexical } of await chunksOf('given'))
      expect(lexical, round).toEqual(documentVector({ text, language: 'de' }, lengths));
    const context = workContext(world);
    await work(context, await reindex(context, 'given', false));
  }
});

test('another language is another version of the same document', async () => {
  const text = 'Lantern lantern.';
  await put('again', { text });
  await put('again', { text, language: 'fi' });
  expect(await documentOf('again')).toMatchObject({ language: 'fi' });
  const [chunk] = await chunksOf('again');
  expect(chunk!.lexical).toEqual(documentVector({ text, language: 'fi' }, (await statisticsOf('again')).lengths));
});

test('files and raw texts may have it too', async () => {
  const form = new FormData();
  form.set('collection', 'files');
  form.set('language', 'nb');
  form.set('file', new File(['Hva koster billetten?'], 'a'.concat('.txt')));
  expectStatus(await call(ingest, world.env, { method: 'POST', path: '/ingest?wait=10000', body: form }), 200);
  const file = await call(collections, world.env, { path: '/collections/files/documents/a.txt' });
  expect(file.body).toMatchObject({ language: 'no' });
  const raw = { path: '/ingest?wait=10000&collection=raw&id=a&language=zh-Hant', body: '登月', headers: { 'content-type': 'text/plain' } };
  expectStatus(await call(ingest, world.env, { method: 'POST', ...raw }), 200);
  expect(await documentOf('raw')).toMatchObject({ language: 'und' });
});

test.each([['xx'], ['english'], [''], ['de_'], [7], [null]])(
  '400: the language %j is not one; the message lists them',
  async (language) => {
    const answer = await call(ingest, world.env, { path: '/ingest', json: { documents: [{ text: 'x', language }] } });
    expectProblem(answer, 400, 'invalid_request');
    expect(answer.body.errors).toEqual([{ path: 'documents[0].language', message: expect.stringMatching(/en, de, fr.*zh.*detected/) }]);
  },
);
