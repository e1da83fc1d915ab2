import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HITS_MAX } from '../../functions/_kernel/limits.ts';
import { match } from '../../functions/_kernel/retrieval/match.ts';
import { closeRedisPool } from '../../functions/_kernel/upstreams/redis.node.ts';
import { readCollection, type Collection } from '../../local/eval/beir.ts';
import { each, measureAnswers, measureSearch, type Report } from '../../local/eval/measure.ts';
import { articleOf, openService, type Service } from '../../local/eval/service.ts';
import { openPorts } from '../../local/eval/ports.ts';
import { openWorld, type World } from '../../local/eval/world.ts';
import { shortfalls } from '../judged/gate.ts';

// The documentation as it was when its questions were written, so that an edit of the README moves no figure.
const FOLDER = fileURLToPath(new URL('../judged', import.meta.url));
const TENANT = 'judged';

let world: World;
let service: Service;
let collection: Collection;
let found: Report;
let answered: Report;

beforeAll(async () => {
  [collection, world] = await Promise.all([readCollection(FOLDER), openWorld({})]);
  service = openService(world.env, TENANT);
  // Each question is answered once; what would not pass is made of the same answers.
  const answers = new Map<string, ReturnType<Service['answer']>>();
  const { answer } = service;
  service = {
    ...service,
    answer(question) {
      const given = answers.get(question) ?? answer(question);
      answers.set(question, given);
      return given;
    },
  };
  await service.ingest(collection.documents);
  found = (await measureSearch(service, collection, 'hybrid')).report;
  answered = await measureAnswers(service, collection);
}, 60_000);

afterAll(async () => {
  closeRedisPool();
  await world.close();
});

const names = (lines: readonly string[]) => lines.map((line) => line.split(' ')[0]);

test('at least 60 questions, 15 of them unanswerable, each of the others with its answer in its document', () => {
  const texts = new Map(collection.documents.map(({ id, text }) => [id, text]));
  expect(collection.queries.length + collection.unanswerable.length).toBeGreaterThanOrEqual(60);
  expect(collection.unanswerable.length).toBeGreaterThanOrEqual(15);
  for (const { id, answers } of collection.queries) {
    const [document] = collection.relevant.get(id)!.keys();
    for (const { text, start } of answers) expect(texts.get(document!)?.slice(start!, start! + text.length)).toBe(text);
    expect(answers.length).toBeGreaterThan(0);
  }
});

test('retrieval, answers and refusals over the own documentation are as good as they were', () => {
  expect(shortfalls({ ...found, ...answered })).toEqual([]);
});

test('a filter to the document that answers a question refuses hardly one that is answered without it, and all that have no answer', async () => {
  const articles = new Map(collection.documents.map((document) => [document.id, articleOf(document)]));
  const speaks = async (text: string, any?: string[]) => {
    const filter = any && { must: [{ key: 'article', any }] };
    return (await match(openPorts(world.env, TENANT), { text, mode: 'hybrid', limit: 1, diversity: 0, evidence: true, filter })).evidence;
  };
  const lost = await each(collection.queries, async ({ id, text }) => {
    const own = [...collection.relevant.get(id)!.keys()].map((one) => articles.get(one)!);
    return (await speaks(text)) === true && (await speaks(text, own)) !== true ? [text] : [];
  });
  // Answered by the words of other documents before: their own hold too few of the question's.
  expect(lost.flat().length, JSON.stringify(lost.flat())).toBeLessThanOrEqual(4);
  const all = [...articles.values()];
  const through = await each([...collection.unanswerable.entries()], async ([at, { text }]) =>
    (await speaks(text, [all[at * 3]!])) === true ? [text] : [],
  );
  expect(through.flat()).toEqual([]);
}, 60_000);

test('a fusion that believes the hashed vector more than the words does not pass', async () => {
  const reversed: Pick<Service, 'search'> = {
    async search(text, mode) {
      const ports = openPorts(world.env, TENANT);
      const known = async () => {
        const { denseWeight, ...rest } = await ports.known();
        return { ...rest, denseWeight: 1 - denseWeight };
      };
      return (await match({ ...ports, known }, { text, mode, limit: HITS_MAX, diversity: 0, maxPerDocument: 1 })).hits;
    },
  };
  const { report } = await measureSearch(reversed, collection, 'hybrid');
  expect(names(shortfalls({ ...report, ...answered }))).toContain('ndcg10');
}, 60_000);

test('answers that cite their second sentence first, or never refuse, or always do, do not pass', async () => {
  const seeded = async (change: (answer: Awaited<ReturnType<Service['answer']>>) => Awaited<ReturnType<Service['answer']>>) =>
    names(
      shortfalls({
        ...found,
        ...(await measureAnswers({ answer: async (question) => change(await service.answer(question)) }, collection)),
      }),
    );
  expect(await seeded((answer) => ({ ...answer, citations: answer.citations.slice(1) }))).toContain('rightSentenceFirst');
  expect(await seeded((answer) => ({ ...answer, answerable: true }))).toEqual(['refused']);
  expect(await seeded((answer) => ({ ...answer, answerable: false }))).toEqual(['answered']);
}, 60_000);
