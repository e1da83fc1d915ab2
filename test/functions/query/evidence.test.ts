import { beforeAll, describe, expect, test } from 'vitest';
import ingest from '../../../functions/ingest/worker.ts';
import type { QueryResponse } from '../../../functions/query/contract.ts';
import query from '../../../functions/query/worker.ts';
import { call, expectStatus } from '../call.ts';
import { put, useLibrary, type Given } from '../corpus.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
useLibrary(world);

async function ask(question: string, more: object = {}): Promise<QueryResponse> {
  const answer = await call(query, world.env, { path: '/query', json: { question, ...more } });
  expectStatus(answer, 200);
  return answer.body as QueryResponse;
}
const writerCalls = async () => (await world.calls()).filter((line) => line.includes('/api/chat')).length;

/** A refusal that cost no call to the writer and shows what came nearest. */
async function expectRefusal(question: string, more: object = {}): Promise<QueryResponse> {
  const before = await writerCalls();
  const body = await ask(question, more);
  expect(body, question).toMatchObject({ answerable: false, reason: 'no_evidence', answer: '', citations: [], model: null });
  expect(body.hits.length).toBeGreaterThan(0);
  expect(await writerCalls()).toBe(before);
  return body;
}

describe('a collection of three documents', () => {
  test.each(['Who won the 1998 world cup?', 'How do I renew my passport at the embassy in Lima?', 'hi', 'what is it about?'])(
    '%s: is refused with the nearest hits and without a call to the writer',
    async (question) => {
      const { hits } = await expectRefusal(question);
      expect(hits.length).toBeGreaterThan(0);
    },
  );

  test.each(['How does a breaker recover?', 'What does sourdough bread need?', 'breaker', 'Was braucht ein Sauerteigbrot?'])(
    '%s: is answered',
    async (question) => {
      expect(await ask(question), question).toMatchObject({ answerable: true });
    },
  );

  test('a misspelt question is answered', async () => {
    expect(await ask('How does a braeker recovr?')).toMatchObject({ answerable: true });
  });

  test.each(['hybrid', 'dense'])('%s: the mode of the search changes no refusal', async (mode) => {
    await expectRefusal('Who won the 1998 world cup?', { mode });
    expect(await ask('What does sourdough bread need?', { mode })).toMatchObject({ answerable: true });
  });

  test('how many hits are wanted changes no refusal', async () => {
    for (const limit of [1, 20]) {
      await expectRefusal('Who won the 1998 world cup?', { limit });
      expect(await ask('How does a braeker recovr?', { limit })).toMatchObject({ answerable: true });
    }
  });

  test('what a filter leaves out is no evidence', async () => {
    await expectRefusal('How does a breaker recover?', { filter: { must: [{ key: 'lang', match: 'de' }] } });
  });

  test('a word that nothing knows gives no hit a high score', async () => {
    const { hits } = await expectRefusal('hi');
    expect(Math.max(...hits.map(({ scores }) => scores.fused))).toBeLessThanOrEqual(0.1);
  });
});

test('one passage answers what it says and refuses the rest', async () => {
  await put(world, [{ id: 'one', text: 'The library closes at eight in the evening, and at noon on Saturdays.' }], 'one');
  expect(await ask('When does the library close?', { collection: 'one' })).toMatchObject({ answerable: true });
  await expectRefusal('Who won the 1998 world cup?', { collection: 'one' });
});

const PARTS = ['pump', 'valve', 'filter', 'gauge', 'motor', 'belt', 'sensor', 'boiler', 'fan', 'clutch', 'nozzle', 'bearing'];
const FAULTS = ['rattles', 'leaks', 'overheats', 'stalls', 'corrodes', 'vibrates', 'jams', 'slips', 'smokes', 'freezes'];
const FILLER = 'See the safety notes at the front of this manual before you begin, wear gloves, and log the work afterwards. '.repeat(6);
/** Twelve documents of ten passages each: enough to be measured. */
const MANUAL: Given[] = PARTS.map((part, p) => ({
  id: part,
  title: `The ${part}`,
  text: FAULTS.map(
    (fault, f) =>
      `A ${part} that ${fault} is taken out of service. Tighten bolt ${p * 10 + f} and replace the gasket next to the ${PARTS[(p + f) % 12]}. ${FILLER}`,
  ).join('\n\n'),
}));
type Levels = { passages: number; words: number | null; dense: number | null; sample: string[] };
async function metadataOf(physical: string): Promise<{ rag_evidence?: Levels; rag_statistics?: object; rag_revision?: string }> {
  const response = await fetch(`${world.urls.qdrant}/collections/${physical}`);
  const { result } = (await response.json()) as { result: { config: { metadata: object } } };
  return result.config.metadata;
}

describe('a collection of about 120 passages', () => {
  const collection = 'manual';
  beforeAll(async () => {
    await put(world, MANUAL, collection);
  });

  test('has measured its level at the end of its ingestion', async () => {
    const { rag_evidence } = await metadataOf('ann.manual.v1');
    expect(rag_evidence).toEqual({ passages: expect.any(Number), words: expect.any(Number), dense: null, sample: expect.any(Array) });
    expect(rag_evidence!.passages).toBeGreaterThanOrEqual(100);
    expect(rag_evidence!.words).toBeGreaterThan(0.3);
  });

  test('refuses another domain and answers its own', async () => {
    await expectRefusal('Who won the 1998 world cup?', { collection });
    await expectRefusal('Which treaty ended the war between the two kingdoms?', { collection });
    for (const question of ['What do I do when the pump leaks?', 'Which bolt is tightened when a nozzle freezes?'])
      expect(await ask(question, { collection }), question).toMatchObject({ answerable: true });
  });

  test('does not measure again for one more document, and keeps its level while statistics and revision move', async () => {
    const before = await metadataOf('ann.manual.v1');
    await put(world, [{ id: 'more', text: 'A hatch that sticks is greased once a year with graphite.' }], collection);
    const after = await metadataOf('ann.manual.v1');
    expect(after.rag_evidence).toEqual(before.rag_evidence);
    expect(after.rag_statistics).toBeDefined();
    expect(after.rag_revision).not.toBe(before.rag_revision);
  });

  test('measures anew when it is reindexed, before readers see the new generation', async () => {
    const before = await metadataOf('ann.manual.v1');
    expectStatus(await call(ingest, world.env, { method: 'POST', path: `/collections/${collection}/reindex` }), 202);
    const { rag_evidence } = await metadataOf('ann.manual.v2');
    // The document that was too little to measure for is in it now.
    expect(rag_evidence).toMatchObject({ passages: before.rag_evidence!.passages + 1, words: expect.any(Number), dense: null });
    await expectRefusal('Who won the 1998 world cup?', { collection });
  });
});
