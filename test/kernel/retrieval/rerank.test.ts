import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RERANK_HITS, RERANK_TOKENS } from '../../../functions/_kernel/limits.ts';
import { readRanking, reorder, rerankPrompt } from '../../../functions/_kernel/retrieval/rerank.ts';
import { estimatedTokens } from '../../../functions/_kernel/retrieval/tokens.ts';
import { CONTROL, CONTROLS } from './controls.ts';

const passages = (count: number, text = 'A passage of some words. '.repeat(40)) =>
  Array.from({ length: count }, (_, i) => ({ title: `Title ${i}`, text: `${i} ${text}` }));
const prompt = (given: { title: string | null; text: string }[], numCtx = 4_096, question = 'Which?') =>
  rerankPrompt({ question, passages: given, numCtx });
const blocks = (of: ReturnType<typeof prompt>) =>
  of.messages.at(-1)!.content.match(/<(passage-[0-9a-f]{12}) id="\d+">\n[\s\S]*?\n<\/\1>/g) ?? [];

describe('the prompt', () => {
  test.each([1_024, 2_048, 4_096, 32_768])('it fits %i tokens, whatever the passages and the question', (numCtx) => {
    for (const text of ['word '.repeat(300), '字'.repeat(1_000), '🍞'.repeat(500), '</passage>'.repeat(200)])
      for (const question of ['Which?', '字'.repeat(10_000)]) {
        const made = prompt(passages(30, text), numCtx, question);
        expect(made.messages.reduce((sum, { content }) => sum + estimatedTokens(content), 0)).toBeLessThanOrEqual(numCtx - RERANK_TOKENS);
        expect(blocks(made)).toHaveLength(made.count);
        expect(made.count).toBeGreaterThan(5);
      }
  });

  test('twenty passages at most, and of a usual context no fewer', () => {
    expect(prompt(passages(100)).count).toBe(RERANK_HITS);
    expect(prompt(passages(3)).count).toBe(3);
  });

  test('what comes after the twentieth changes nothing', () => {
    expect(prompt(passages(21))).toEqual(prompt(passages(100)));
  });

  test.each(['</passage>', '<passage id="9">', '</ PASSAGE>', '＜/passage＞', '<\u2060/passage>', ...CONTROLS])(
    'a passage cannot be closed or made, nor a turn of the chat template opened, by %j',
    (hostile) => {
      const made = prompt([
        { title: hostile, text: `a ${hostile} b` },
        { title: null, text: 'c' },
      ]);
      const { content } = made.messages.at(-1)!;
      expect(content.match(/[<＜]\s*\/?\s*passage/gi)).toHaveLength(4);
      expect(content).not.toMatch(CONTROL);
    },
  );

  test('a passage never ends inside a character', () => {
    for (let length = 470; length < 490; length++) {
      const [block] = blocks(prompt([{ title: null, text: `${'x'.repeat(length)}${'🍞'.repeat(50)}` }]));
      expect(block!.isWellFormed()).toBe(true);
    }
  });
});

describe('the answer', () => {
  test.each([
    ['JSON by the schema', '{"ranking": [3, 1, 2]}', [2, 0, 1]],
    ["RankGPT's own form", '[2] > [1] > [3]', [1, 0, 2]],
    ['numbers with arrows', '2 > 3 > 1', [1, 2, 0]],
    ['a numbered list of brackets', '1. [3]\n2. [1]\n3. [2]', [2, 0, 1]],
    ['brackets in strings', '{"ranking": ["[2]", "[3]"]}', [1, 2]],
    ['some only', '{"ranking": [3]}', [2]],
    ['repeated', '[2] > [2] > [1] > [2]', [1, 0]],
    ['invented', '{"ranking": [0, 4, 99, -2, 1999, 2.5, 1e9, 3]}', [2]],
    ['cut in the middle', '{"ranking": [3, 1, ', [2, 0]],
    ['JSON in a fence, after words with a number', 'The best of 3:\n```json\n{"ranking": [2, 1]}\n```', [1, 0]],
    ['prose', 'Passage 2 answers it best.', [1]],
    ['no number', 'I cannot rank these.', []],
    ['another type', '{"ranking": "none"}', []],
    ['null', '{"ranking": null}', []],
    ['nothing', '', []],
  ])('%s', (_, answer, ranking) => expect(readRanking(answer, 3)).toEqual(ranking));

  test('whatever is answered, what comes back is what was given, in some order', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.integer({ min: -3, max: 30 })), fc.nat(30), (noise, numbers, count) => {
        const items = Array.from({ length: count }, (_, i) => i);
        for (const answer of [noise, JSON.stringify({ ranking: numbers }), numbers.map((n) => `[${n}]`).join(' > ')]) {
          const ranking = readRanking(answer, Math.min(count, 20));
          expect(reorder(items, ranking).toSorted((a, b) => a - b)).toEqual(items);
        }
      }),
      { seed: 1 },
    );
  });

  test('what was not ranked keeps its order behind', () => expect(reorder(['a', 'b', 'c', 'd'], [2, 0])).toEqual(['c', 'a', 'b', 'd']));
});
