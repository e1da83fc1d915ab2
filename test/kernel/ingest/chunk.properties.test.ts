import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHUNK_MAX_CHARS } from '../../../functions/_kernel/limits.ts';
import { chunk } from '../../../functions/ingest/chunk.ts';

const TYPES = ['text/plain', 'text/markdown', 'text/html', 'application/pdf', 'application/json', 'text/csv'];
const type = fc.constantFrom(...TYPES);
const chars = fc.constantFrom(200, 201, 500, 800, 1_199, 1_200);
const bound = (chunkChars: number) => Math.min(CHUNK_MAX_CHARS, Math.floor(chunkChars * 1.5));

/** What cutting goes wrong on: clusters of several code points, scripts without spaces, Markdown's marks, odd white space. */
const morsel = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(' ', '\n', '\n\n', '\r\n', '\r', '\t', '\f', '\u00a0', '\u2028', '\u3000') },
  { weight: 3, arbitrary: fc.constantFrom('# ', '## ', '### ', '\n===\n', '\n---\n', '```', '~~~', '| a | b |', '- ', '---', '1. ') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'word',
      'A sentence. ',
      'Dr. Who said: ',
      '中文',
      '句子。',
      'こんにちは。',
      'مرحبا بالعالم. ',
      'สวัสดี',
      'नमस्ते',
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom('👨‍👩‍👧‍👦', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👍🏽', '🇩🇪', 'e\u0301', '\u0301', '\u200d', '각', '\ufe0f', '\u0600', 'ำ') },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
);
const text = fc
  .array(fc.tuple(morsel, fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 300, max: 1500 }))), {
    maxLength: 24,
  })
  .map((parts) => parts.map(([one, times]) => one.repeat(times)).join(''));

test('chunks are in order, do not overlap, are within the bound, and hold every character that is not white space', () => {
  fc.assert(
    fc.property(text, type, chars, (whole, contentType, chunkChars) => {
      let at = 0;
      for (const { start, end } of chunk(whole, { contentType, chunkChars })) {
        expect(whole.slice(at, start).trim()).toBe('');
        expect(end).toBeGreaterThan(start);
        expect(end - start).toBeLessThanOrEqual(bound(chunkChars));
        at = end;
      }
      expect(whole.slice(at).trim()).toBe('');
    }),
    { numRuns: 600 },
  );
});

test('white space that carries a mark is no chunk of its own', () => {
  const whole = `word${'\t'.repeat(801)}${'\u0e33'.repeat(1_000)}${' '.repeat(900)}${'\u0301'.repeat(1_500)}`;
  const chunks = chunk(whole, { contentType: 'text/plain' });
  expect(chunks.every(({ start, end }) => whole.slice(start, end).trim() !== '')).toBe(true);
});

test('no cluster of a text is parted, unless it alone exceeds the bound', () => {
  const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  fc.assert(
    fc.property(text, type, chars, (whole, contentType, chunkChars) => {
      const borders = new Set([0, whole.length]);
      for (const { index, segment } of graphemes.segment(whole)) {
        borders.add(index);
        // White space at a cluster's ends belongs to no chunk; an endless cluster may be cut anywhere.
        borders.add(index + segment.length - segment.trimStart().length).add(index + segment.trimEnd().length);
        if (segment.length > bound(chunkChars)) for (let i = 0; i < segment.length; i++) borders.add(index + i);
      }
      for (const { start, end } of chunk(whole, { contentType, chunkChars })) {
        expect(borders, JSON.stringify(whole.slice(Math.max(0, start - 8), start + 8))).toContain(start);
        expect(borders, JSON.stringify(whole.slice(end - 8, end + 8))).toContain(end);
      }
    }),
    { numRuns: 600 },
  );
});

test('a surrogate pair is never parted, whatever the cluster', () => {
  fc.assert(
    fc.property(text, type, (whole, contentType) => {
      for (const { start, end } of chunk(whole.toWellFormed(), { contentType }))
        expect(whole.toWellFormed().slice(start, end).isWellFormed()).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('the same text is cut the same way, and far from a change only the change is cut anew', () => {
  fc.assert(
    fc.property(text, type, (whole, contentType) => {
      expect(chunk(whole, { contentType })).toEqual(chunk(whole, { contentType }));
    }),
    { numRuns: 50 },
  );
  const paragraphs = Array.from({ length: 300 }, (_, i) => `Paragraph ${i} ${'says something of its own. '.repeat(3 + ((i * 7919) % 17))}`);
  const texts = (all: string[]) => {
    const joined = all.join('\n\n');
    return chunk(joined).map(({ start, end }) => joined.slice(start, end));
  };
  const before = new Set(texts(paragraphs));
  const after = texts(paragraphs.with(150, 'This one was changed.'));
  expect(after.filter((one) => !before.has(one)).length).toBeLessThanOrEqual(8);
});
