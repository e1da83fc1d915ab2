import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCollection } from '../../local/eval/beir.ts';
import { exactSearcher } from '../../local/eval/exact.ts';
import { auroc, ndcg, recall, reciprocalRank } from '../../local/eval/measures.ts';

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
  'queries.jsonl': '{"_id":"1","text":"what do cows eat","answers":[{"text":"grass","start":9}]}\n{"_id":"2","text":"not judged"}',
  'qrels/test.tsv': 'query-id\tcorpus-id\tscore\n1\tcow\t1\n1\tsky\t0\n',
};

test('a folder in BEIR form: questions that are judged, with their answers; a grade of 0 is not relevant', async () => {
  const { documents, queries, relevant } = await readCollection(await folder(FILES));
  expect(documents).toHaveLength(3);
  expect(queries).toEqual([{ id: '1', text: 'what do cows eat', answers: [{ text: 'grass', start: 9 }] }]);
  expect([...relevant.get('1')!.keys()]).toEqual(['cow']);
});

test('a folder that is none says which file is missing, a broken line which it is', async () => {
  await expect(readCollection(await folder({}))).rejects.toThrow(/qrels.+cannot be read|corpus\.jsonl cannot be read/);
  await expect(readCollection(await folder({ ...FILES, 'corpus.jsonl': '{"_id":"a"}\nnope' }))).rejects.toThrow('line 2 is not JSON');
});

test('search: the order of ingestion does not change the ranking, and evidence falls with the document gone', async () => {
  const { documents, queries } = await readCollection(await folder(FILES));
  const question = queries[0]!.text;
  const searcher = exactSearcher(documents);
  for (const mode of ['hybrid', 'sparse', 'dense'] as const) {
    const found = await searcher.search(question, mode, 10);
    expect(found[0]?.id).toBe('cow');
    expect(await exactSearcher(documents.toReversed()).search(question, mode, 10)).toEqual(found);
  }
  expect(await searcher.evidence(question, new Set(['cow']))).toBeLessThan(await searcher.evidence(question, new Set()));
});
