import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHUNK_MAX_CHARS } from '../../../functions/_kernel/limits.ts';
import { chunk } from '../../../functions/ingest/chunk.ts';

const sentence = fc.array(fc.stringMatching(/^[a-zäöé]{1,12}$/), { minLength: 1, maxLength: 30 }).map((words) => `${words.join(' ')}.`);
const emoji = fc.constantFrom('😀', '👩‍👩‍👧', '🇩🇪', 'e\u0301', '\u{20000}', '漢字', 'ไทย');
const block = fc.oneof(
  sentence,
  fc.array(sentence, { maxLength: 20 }).map((all) => all.join(' ')),
  fc.constantFrom('# Heading', '## Another', '```\ncode\n\nmore\n```', '~~~\nnever closed', '| a | b |', '- item', '\u00a0', '\u200b'),
  fc.tuple(emoji, fc.integer({ min: 1, max: 900 })).map(([one, times]) => one.repeat(times)),
  fc.integer({ min: 1, max: 4_000 }).map((length) => 'x'.repeat(length)),
  fc.string({ unit: 'grapheme' }),
);
const text = fc
  .array(fc.tuple(block, fc.constantFrom('\n\n', '\r\n\r\n', '\n', '\r', ' ', '\n \t\n')), { maxLength: 25 })
  .map((parts) => parts.flat().join(''));

test('chunks are in order, do not overlap, hold every character that is not white space, and none is too long', () => {
  fc.assert(
    fc.property(text, (given) => {
      let end = 0;
      for (const span of chunk(given)) {
        expect(span.start).toBeGreaterThanOrEqual(end);
        expect(span.end).toBeGreaterThan(span.start);
        expect(span.end - span.start).toBeLessThanOrEqual(CHUNK_MAX_CHARS);
        expect(given.slice(end, span.start).trim()).toBe('');
        ({ end } = span);
      }
      expect(given.slice(end).trim()).toBe('');
      expect(end).toBeLessThanOrEqual(given.length);
    }),
    { numRuns: 150 },
  );
});

test('no chunk begins or ends inside a character', () => {
  fc.assert(
    fc.property(text, (given) => {
      for (const { start, end } of chunk(given)) expect(given.slice(start, end).isWellFormed()).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('the same text is always cut the same way, and an empty one not at all', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(chunk(given)).toEqual(chunk(given));
    }),
    { numRuns: 30 },
  );
  expect(chunk('')).toEqual([]);
  expect(chunk(' \r\n\t')).toEqual([]);
});

test('a heading stays with what follows it', () => {
  const given = `${'First part. '.repeat(60)}\n\n## The second\n\nSecond part.`;
  const holder = chunk(given).find(({ start, end }) => given.slice(start, end).includes('## The second'))!;
  expect(given.slice(holder.start, holder.end)).toContain('Second part.');
});

test('a megabyte without a border is cut in seconds', () => {
  const started = performance.now();
  expect(chunk('x'.repeat(1_000_000)).length).toBeGreaterThan(800);
  expect(chunk('word '.repeat(200_000)).length).toBeGreaterThan(800);
  expect(performance.now() - started).toBeLessThan(8_000);
});
