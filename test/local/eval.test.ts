import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readArguments } from '../../local/eval/arguments.ts';
import { readCollection } from '../../local/eval/beir.ts';
import { measureAnswer } from '../../local/eval/answers.ts';
import { each, measureAnswers } from '../../local/eval/measure.ts';
import { auroc, ndcg, recall, reciprocalRank } from '../../local/eval/measures.ts';
import { requests } from '../../local/eval/service.ts';
import { openWorld } from '../../local/eval/world.ts';

const judged = new Map([
  ['a', 1],
  ['b', 1],
]);

test('nDCG: 1 for the ideal order, discounted by place, 0 for nothing found', () => {
  expect(ndcg(['a', 'b', 'x'], judged, 10)).toBe(1);
  expect(ndcg(['x', 'a'], judged, 10)).toBeCloseTo(1 / Math.log2(3) / (1 + 1 / Math.log2(3)));
  expect(ndcg(['x', 'y'], judged, 10)).toBe(0);
});

test('recall and reciprocal rank look no deeper than they are told', () => {
  expect(recall(['x', 'a', 'b'], judged, 2)).toBe(0.5);
  expect(reciprocalRank(['x', 'a'], judged, 2)).toBe(0.5);
  expect(reciprocalRank(['x', 'a'], judged, 1)).toBe(0);
});

test('AUROC: 1 where every positive lies above, 0.5 for ties', () => {
  expect(auroc([3, 4], [1, 2])).toBe(1);
  expect(auroc([1, 1], [1, 1])).toBe(0.5);
  expect(auroc([1, 3], [2])).toBe(0.5);
});

async function folder(files: Record<string, string>): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'beir-'));
  onTestFinished(async () => rm(made, { recursive: true }));
  await mkdir(join(made, 'qrels'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(made, name), text);
  return made;
}

const FILES = {
  'corpus.jsonl':
    '{"_id":"sky","title":"Sky","text":"The sky is blue."}\n{"_id":"cow","title":"Cow","text":"Cows eat grass."}\n{"_id":"sea","title":"Sea","text":"The sea is deep."}',
  'queries.jsonl':
    '{"_id":"1","text":"what do cows eat","answers":[{"text":"grass","start":9}]}\n{"_id":"2","text":"not judged"}\n{"_id":"3","text":"who won the cup","is_impossible":true}',
  'qrels/test.tsv': 'query-id\tcorpus-id\tscore\n1\tcow\t1\n1\tsky\t0\n',
};

test('a folder in BEIR form: questions that are judged, with their answers; a grade of 0 is not relevant', async () => {
  const { documents, queries, relevant, unanswerable } = await readCollection(await folder(FILES));
  expect(documents).toHaveLength(3);
  expect(unanswerable.map(({ text }) => text)).toEqual(['who won the cup']);
  expect(queries).toEqual([{ id: '1', text: 'what do cows eat', answers: [{ text: 'grass', start: 9 }] }]);
  expect([...relevant.get('1')!.keys()]).toEqual(['cow']);
});

test('a folder that is none says which file is missing, a broken line which it is', async () => {
  await expect(readCollection(await folder({}))).rejects.toThrow(/qrels.+cannot be read|corpus\.jsonl cannot be read/);
  await expect(readCollection(await folder({ ...FILES, 'corpus.jsonl': '{"_id":"a"}\nnope' }))).rejects.toThrow('line 2 is not JSON');
});

const documentOf = (id: string, text = 'word') => ({ id, title: '', text });
test('documents go in requests within the contract: 1,000 documents, 16 MiB, none without text', () => {
  const many = requests(Array.from({ length: 1_001 }, (_, i) => documentOf(`d${i}`)));
  expect(many.map(({ documents }) => documents.length)).toEqual([1_000, 1]);
  const large = requests(Array.from({ length: 3 }, (_, i) => documentOf(`d${i}`, 'é'.repeat(3_000_000))));
  expect(large.length).toBe(2);
  for (const body of large) expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(16_777_216);
  expect(requests([documentOf('blank', ' ')])).toEqual([]);
  const [titled] = requests([{ id: 'a', title: 'Only a title', text: '' }]);
  expect(titled?.documents[0]).toMatchObject({ title: 'Only a title', text: 'Only a title' });
});

describe('an answer held against its gold answers', () => {
  const query = { id: '1', text: 'what do cows eat', answers: [{ text: 'grass', start: 9 }] };
  const judgments = new Map([['cow', 1]]);
  const quote = { marker: 1, chunkId: 'c', title: null, url: null, documentId: 'cow', quote: 'Cows eat grass.', start: 0, end: 15 };
  const of = (...citations: (typeof quote)[]) => measureAnswer(query, { answerable: citations.length > 0, citations }, judgments);

  test('the sentence at the place of the answer is right; another sentence with the word is not', () => {
    expect(of(quote)).toEqual({ answered: 1, citedGoldPassage: 1, rightSentenceFirst: 1, rightSentenceInThree: 1, containment: 1 });
    const later = { ...quote, start: 40, end: 60, quote: 'There is grass here.' };
    expect(of(later)).toMatchObject({ citedGoldPassage: 1, rightSentenceFirst: 0, containment: 0 });
    expect(of(later, quote)).toMatchObject({ rightSentenceFirst: 0, rightSentenceInThree: 1 });
  });

  test('in another document the word counts as contained, never as right', () => {
    expect(of({ ...quote, documentId: 'sky' })).toMatchObject({ citedGoldPassage: 0, rightSentenceFirst: 0, containment: 1 });
  });

  test('a refusal has nothing right, and counts among the unanswerable', async () => {
    expect(of()).toEqual({ answered: 0, citedGoldPassage: 0, rightSentenceFirst: 0, rightSentenceInThree: 0, containment: 0 });
    const collection = await readCollection(await folder(FILES));
    const answer = async () => ({ answerable: false, citations: [] }) as never;
    expect(await measureAnswers({ answer }, collection)).toMatchObject({ answered: 0, refused: 1 });
  });
});

test('a few at once: results keep their order, and after an error nothing is begun or left running', async () => {
  expect(await each([3, 1, 2], async (n) => n * 2)).toEqual([6, 2, 4]);
  const begun: number[] = [];
  const work = async (n: number) => {
    begun.push(n);
    await Promise.resolve();
    if (n === 1) throw new Error('one');
  };
  await expect(each([1, 2, 3, 4, 5, 6, 7, 8, 9], work)).rejects.toThrow('one');
  expect(begun.length).toBeLessThan(9);
});

test('a real Ollama without the name of its model is refused before anything starts', async () => {
  await expect(openWorld({ OLLAMA_URL: 'http://127.0.0.1:1' })).rejects.toThrow('OLLAMA_EMBEDDING_MODEL is missing');
});

test('arguments: what is wrong with one is said; what is left out is hybrid, over all questions', () => {
  expect(readArguments(['folder'])).toMatchObject({ folder: 'folder', mode: 'hybrid', most: Infinity, json: false });
  expect(() => readArguments(['x', '--mode', 'fuzzy'])).toThrow('must be hybrid, sparse or dense');
  expect(() => readArguments(['x', '--queries', '0'])).toThrow('must be a whole number of at least 1');
  expect(() => readArguments([])).toThrow('npm run eval');
});

test('--json prints one object, the same bytes each time and in whatever order the documents came', async () => {
  const evaluate = async (files: Record<string, string>) =>
    promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'local/eval/main.ts', await folder(files), '--json', '--answers', '--refusal'],
      { env: { PATH: process.env['PATH'] } },
    );
  const turned = FILES['corpus.jsonl'].split('\n').toReversed().join('\n');
  const [one, again] = await Promise.all([evaluate(FILES), evaluate({ ...FILES, 'corpus.jsonl': turned })]);
  expect(one.stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(one.stdout)).toMatchObject({ documents: 3, queries: 1, mode: 'hybrid', ndcg10: 1, recall10: 1, mrr10: 1 });
  expect(again.stdout).toBe(one.stdout);
}, 60_000);
