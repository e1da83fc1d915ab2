import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerType, offers } from '../../../functions/_kernel/retrieval/answer-type.ts';
import { evidence, idf, termProbes } from '../../../functions/_kernel/retrieval/evidence.ts';
import { bestSentences } from '../../../functions/_kernel/retrieval/extract.ts';
import { queryVector } from '../../../functions/_kernel/retrieval/sparse.ts';

const passages = [
  { text: 'Breakers protect a service. A breaker opens after five failures. It closes again after one success.', score: 0.9 },
  { text: 'Cows eat grass. Milk is white.', score: 0.4 },
];
const sliced = (question: string, count = 3) =>
  bestSentences(question, passages, count).map(({ passage, start, end }) => passages[passage]!.text.slice(start, end));

test('the sentence that answers comes first', () => {
  expect(sliced('After how many failures does a breaker open?')[0]).toBe('A breaker opens after five failures.');
  expect(sliced('What colour is milk?')[0]).toBe('Milk is white.');
});

test('nothing is said of a question that shares no word with the passages', () => {
  expect(sliced('Who won the Olympic marathon?')).toEqual([]);
  expect(bestSentences('anything', [], 3)).toEqual([]);
});

test('for any passages: spans are inside their passage, scores are numbers, and a shorter list is the start of a longer one', () => {
  const passage = fc.record({ text: fc.lorem({ mode: 'sentences', maxCount: 5 }), score: fc.double({ min: -5, max: 50, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(passage, { maxLength: 5 }), fc.lorem({ maxCount: 5 }), fc.nat(8), (list, question, k) => {
      const found = bestSentences(question, list, 8);
      for (const { passage: at, start, end, score } of found) {
        expect(Number.isFinite(score)).toBe(true);
        expect(start >= 0 && start < end && end <= list[at]!.text.length).toBe(true);
      }
      expect(bestSentences(question, list, k)).toEqual(found.slice(0, k));
    }),
  );
});

test('kinds of answer are told by the question’s wording, and do not count what the question itself names', () => {
  expect(answerType('How many points did they score?')).toBe('number');
  expect(answerType('Wann begann der Krieg?')).toBe('time');
  expect(answerType('Who wrote it?')).toBe('name');
  expect(answerType('为什么天空是蓝色的？')).toBe('other');
  expect(offers('number', 'They scored 308 points.', 'How many points?')).toBe(true);
  expect(offers('number', 'They scored in 2015.', 'How many points in 2015?')).toBe(false);
});

test('evidence: falls when a term stands nowhere, and is 0 for nothing', () => {
  const known = { attainable: 5 };
  expect(evidence(9, [known, known], 1_000)).toBeCloseTo(0.9 * Math.sqrt(3));
  expect(evidence(9, [known, known, { attainable: null }], 1_000)).toBeLessThan(0.5 * Math.sqrt(3));
  expect(evidence(0, [], 0)).toBe(0);
  expect(evidence(Number.NaN, [known], 10)).toBe(0);
});

test('evidence: grows with the best score and never is negative', () => {
  const term = fc.record({ attainable: fc.option(fc.double({ min: 0, max: 20, noNaN: true })) });
  fc.assert(
    fc.property(
      fc.array(term),
      fc.double({ min: -5, max: 40, noNaN: true }),
      fc.double({ min: 0, max: 5, noNaN: true }),
      (terms, score, more) => {
        expect(evidence(score, terms, 100)).toBeGreaterThanOrEqual(0);
        expect(evidence(score + more, terms, 100)).toBeGreaterThanOrEqual(evidence(score, terms, 100));
      },
    ),
  );
});

test('probes: one for each different stem, with its weight in the question', () => {
  const question = 'heat shield heat';
  const probes = termProbes(question, 'en');
  const whole = queryVector(question, 'en');
  expect(probes).toHaveLength(2);
  for (const { indices, values } of probes) expect(whole.values[whole.indices.indexOf(indices[0]!)]).toBe(values[0]);
});

test('idf is Qdrant’s: ln((N − df + 0.5) / (df + 0.5) + 1)', () => {
  expect(idf(1, 10)).toBeCloseTo(Math.log(9.5 / 1.5 + 1));
  expect(idf(10, 10)).toBeGreaterThan(0);
});

test('a heading, a code fence or a rule is never an answer', () => {
  const text = '# Breaker\n\n```\n\nA breaker opens after five faults.\n\n---\n\n## How a breaker opens';
  const found = bestSentences('How does a breaker open?', [{ text, score: 1 }], 5);
  expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(['A breaker opens after five faults.']);
});
