import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunk } from '../../../functions/ingest/chunk.ts';
import { readAnswer } from '../../../functions/query/answer.ts';
import { cite, inContext } from '../../../functions/query/context.ts';
import { extract } from '../../../functions/query/extractive.ts';
import { hitOf } from './hits.ts';

const none = new Map<string, string[]>();
const slice = (text: string, start: number, end: number, id = `${start}`) =>
  hitOf(id, text.slice(start, end), { documentId: 'd', span: { start, end } });

test('neighbours and overlapping hits are one passage in the place of the best; others stay apart', () => {
  const text = 'First one. Second one.\n\nThird one. A part that was not found at all. Last one.';
  const far = slice(text, 69, 78);
  const hits = [
    slice(text, 24, 34),
    hitOf('other', 'Else.'),
    far,
    slice(text, 0, 22),
    slice(text, 11, 22, 'inside'),
    slice(text, 11, 30, 'over'),
  ];
  const passages = inContext(hits, new Map([['0', ['Top']]]));
  expect(passages.map((one) => one.text)).toEqual(['First one. Second one.\n\nThird one.', 'Else.', 'Last one.']);
  expect(passages[0]!.headings).toEqual(['Top']);
});

test('a place that reaches into two chunks is cited as one slice of each', () => {
  const text = 'A sentence that was cut in two halves here and goes on there.';
  const [passage] = inContext([slice(text, 0, 30), slice(text, 31, 61)], none);
  expect(passage!.text).toBe(text);
  expect(cite(passage!, 3, { start: 2, end: 61 })).toMatchObject([
    { marker: 3, chunkId: '0', quote: text.slice(2, 30), start: 2, end: 30 },
    { marker: 4, chunkId: '31', quote: text.slice(31), start: 31, end: 61 },
  ]);
});

const words = fc.constantFrom('breaker', 'opens', 'after', 'five', 'faults', 'probe', 'water', 'salt', '天空', '👩‍👩‍👧', 'é', '12', 'the');
const sentence = fc.array(words, { minLength: 2, maxLength: 9 }).map((list) => `${list.join(' ')}. `);
const block = fc.oneof(
  fc.array(sentence, { minLength: 1, maxLength: 12 }).map((list) => list.join('')),
  words.map((word) => `## ${word} heading`),
  words.map((word) => `${word} title\n=====`),
);
const document = fc.array(block, { minLength: 1, maxLength: 14 }).map((list) => list.join('\n\n'));

test('for every document, choice and order of its chunks: each quote is the document’s text from start to end, within its chunk, and no heading', () => {
  fc.assert(
    fc.property(document, fc.infiniteStream(fc.nat(9)), sentence, (text, dice, claim) => {
      const chunks = chunk(text, { contentType: 'text/markdown' });
      const picked = chunks.map((one) => ({ one, order: dice.next().value! })).filter(({ order }) => order < 7);
      const hits = picked.toSorted((a, b) => a.order - b.order).map(({ one }) => slice(text, one.start, one.end));
      const passages = inContext(hits, none);
      expect(passages.flatMap(({ parts }) => parts.map(({ hit }) => hit.chunkId)).toSorted()).toEqual(
        hits.map(({ chunkId }) => chunkId).toSorted(),
      );
      const answer = readAnswer(passages, '', () => true);
      answer.push(`${claim}[1] ${passages.map(({ text: whole }, i) => `${whole.slice(0, 90)} [${i + 1}]`).join(' ')}`);
      answer.end();
      for (const { quote, start, end, chunkId } of [...answer.citations(), ...extract(claim, passages).citations]) {
        expect(text.slice(start, end)).toBe(quote);
        const { span } = hits.find((hit) => hit.chunkId === chunkId)!;
        expect(span.start <= start && end <= span.end).toBe(true);
        expect(quote).not.toMatch(/^#|heading|title/);
      }
    }),
    { numRuns: 150 },
  );
});

test('verbatim sentences are shown without what looks like a marker or would be loaded; their quotes stay exact', () => {
  const text = 'The vault code is kept by the librarian [7] ![x](https://a.example/i.png) <img src=x>.';
  const { text: shown, citations } = extract('Who keeps the vault code?', inContext([slice(text, 0, text.length)], none));
  expect(citations.map(({ quote }) => quote)).toEqual([text]);
  expect(shown).toBe('The vault code is kept by the librarian [x](https://a.example/i.png) &lt;img src=x>. [1]');
});
