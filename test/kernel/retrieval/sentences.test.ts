import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sentences, statements } from '../../../functions/_kernel/retrieval/sentences.ts';
import type { Language } from '../../../functions/_kernel/retrieval/languages.ts';

const cut = (text: string, language?: Language) => sentences(text, language).map(({ start, end }) => text.slice(start, end));

test('spans ascend, do not overlap, have no white space at their ends and hold every other character', () => {
  const text = fc
    .array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constantFrom('. ', '\n', '\n\n', ' Dr. ', '! ', 'e.g. ', '。', '  ')))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (whole) => {
      let before = 0;
      let left = '';
      for (const { start, end } of sentences(whole)) {
        expect(start).toBeGreaterThanOrEqual(before);
        expect(whole.slice(start, end)).toBe(whole.slice(start, end).trim());
        expect(end).toBeGreaterThan(start);
        left += whole.slice(before, start);
        before = end;
      }
      expect((left + whole.slice(before)).trim()).toBe('');
    }),
  );
});

test.each([
  ['Dr. Smith met Mr. J. Jones. They talked.', ['Dr. Smith met Mr. J. Jones.', 'They talked.']],
  ['It works, e.g. Ollama does. See fig. 3 for it.', ['It works, e.g. Ollama does.', 'See fig. 3 for it.']],
  ['He said no. Then he left.', ['He said no.', 'Then he left.']],
  ['Version 1.19 is out! Is it good? Yes…', ['Version 1.19 is out!', 'Is it good?', 'Yes…']],
])('%s', (text, expected) => expect(cut(text)).toEqual(expected));

test('German: abbreviations and ordinals do not end a sentence', () => {
  expect(cut('Am 3. Oktober gilt z. B. Folgendes. Danach nicht.', 'de')).toEqual(['Am 3. Oktober gilt z. B. Folgendes.', 'Danach nicht.']);
});

test('Chinese and Japanese full stops end a sentence', () => {
  expect(cut('天空是蓝色的。牛吃草。')).toEqual(['天空是蓝色的。', '牛吃草。']);
});

test('a wrapped line goes on; a heading, a list item and a blank line do not', () => {
  const wrapped = 'The circuit breaker opens after five consecutive failures of the\nOllama server and stays open.';
  expect(cut(wrapped)).toEqual([wrapped]);
  expect(cut('Circuit breakers\nThey open.')).toEqual(['Circuit breakers', 'They open.']);
  expect(cut('There are two kinds of things that can be said about a breaker here\n- it opens\n- it closes')).toHaveLength(3);
  expect(cut('open\n\nclosed')).toEqual(['open', 'closed']);
});

test('statements: headings of either kind, rules and fences are none, and a heading that runs on is cut off', () => {
  const of = (text: string) => statements(text).map(({ start, end }) => text.slice(start, end));
  expect(of('# Breaker\n\nIt opens.\n\nRecovery\n========\n\nIt closes.\n\n---\n\n```\n\n## Last ##')).toEqual(['It opens.', 'It closes.']);
  expect(of('## How a breaker recovers after five faults have opened it for long\nA probe closes it.')).toEqual(['A probe closes it.']);
  expect(of('#1 is first.')).toEqual(['#1 is first.']);
});

test.each([
  ['It runs. `npm start` asks first. npm test checks. gateway/ says who. iOS is a system.', 5],
  ['The end came slowly. it was over.', 2],
  ['It is, e.g. ollama, approx. five, etc. and so on. See Smith et al. for it.', 2],
  ['At 5 p.m. it ends, max. five, vs. the others, resp. none.', 1],
  ['"No." she said. It was a failure... but it worked.', 2],
  ['Am 3. oktober gilt z. B. das, bzw. dies, entspr. jenes.', 1],
])('statements: a full stop before small letters ends one where that is sure: %s', (text, count) => {
  expect(statements(text, text.startsWith('Am') ? 'de' : 'en').map(({ start, end }) => text.slice(start, end))).toHaveLength(count);
});

test('statements: fences and heads of tables are none, and each line of code is one', () => {
  const of = (text: string) => statements(text).map(({ start, end }) => text.slice(start, end));
  expect(of('Use this:\n\n```bash\nnpm install\nnpm start\n```\n\nDone.')).toEqual(['Use this:', 'npm install', 'npm start', 'Done.']);
  expect(of('~~~ js\nlet first = 1\n')).toEqual(['let first = 1']);
  expect(of('| a | b |\n| --- | :-: |\n| c | d |\n\nplan | cost\n--- | ---\nred | 10')).toEqual(['| c | d |', 'red | 10']);
});
