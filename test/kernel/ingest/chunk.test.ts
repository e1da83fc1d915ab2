import { expect, test } from 'vitest';
import { CHUNK_MAX_CHARS } from '../../../functions/_kernel/limits.ts';
import { chunk } from '../../../functions/ingest/chunk.ts';

const prose = (name: string, characters: number) => `${name} says something. `.repeat(Math.ceil(characters / (name.length + 17))).trim();
const markdown = (text: string) =>
  chunk(text, { contentType: 'text/markdown' }).map(({ start, end, headings }) => ({ text: text.slice(start, end), headings }));

test('each chunk knows the titles above it, outermost first', () => {
  const text = [
    '# Guide',
    prose('Intro', 700),
    '## Install ##',
    prose('Install', 700),
    '### On Linux',
    prose('Linux', 2_000),
    'Run it\n------',
    prose('Run', 700),
    '# Reference',
    prose('Reference', 700),
  ].join('\n\n');
  const found = markdown(text);
  const above = (words: string) => found.filter((one) => one.text.includes(words)).map((one) => one.headings);
  expect(above('Intro says')).toEqual([[]]);
  expect(above('Install says')).toEqual([['Guide']]);
  expect(above('Linux says')[0]).toEqual(['Guide', 'Install']);
  expect(above('Linux says').at(-1)).toEqual(['Guide', 'Install', 'On Linux']);
  expect(above('Run says')).toEqual([['Guide']]);
  expect(above('Reference says')).toEqual([[]]);
});

test('a heading is never the end of a chunk while something follows it', () => {
  for (const [length, body] of [400, 790, 1_190, 1_199, 3_000].flatMap((characters) => [
    [characters, prose('Body', characters)] as const,
    [characters, `\`\`\`\n${'let a = 1;\n'.repeat(characters / 11)}\`\`\``] as const,
    [characters, 'x'.repeat(characters)] as const,
  ])) {
    const text = `${prose('Before', 790)}\n\n## The heading\n\n### Another below\n\n${body}\n\nEnd.`;
    for (const one of markdown(text)) expect(one.text, `${length}`).not.toMatch(/(?:heading|below)$/);
  }
});

test('code stays whole where it fits, and is cut at line ends where it does not', () => {
  const code = (lines: number) =>
    `\`\`\`js\n${Array.from({ length: lines }, (_, i) => `const name${i} = compute(${i}); // a line`).join('\n')}\n\n# no heading\n\`\`\``;
  const fitting = code(26);
  expect(fitting.length).toBeLessThan(CHUNK_MAX_CHARS);
  expect(markdown(`${prose('Before', 500)}\n\n${fitting}\n\n${prose('After', 500)}`).some((one) => one.text.includes(fitting))).toBe(true);
  for (const { text, headings } of markdown(code(200))) {
    expect(text).toMatch(/^(?:```js|const name)/);
    expect(text).toMatch(/(?:a line|```)$/);
    expect(headings).toEqual([]);
  }
});

test('records and table rows are cut between lines, and what is no Markdown has no headings', () => {
  const rows = Array.from({ length: 100 }, (_, i) => `| row ${i} | ${'cell '.repeat(8)}|`).join('\n');
  for (const { text } of markdown(`# Table\n\n${rows}`)) expect(text.replace('# Table\n\n', '')).toMatch(/^\| row[^]*\|$/);
  const log = '# not a heading\n\n'.repeat(100);
  expect(chunk(log).every(({ headings, page }) => headings.length === 0 && page === undefined)).toBe(true);
});

test('front matter is no heading, and a line of dashes is not its beginning', () => {
  expect(markdown('---\ntitle: x\n---\n\n# One\n\ntext')).toEqual([{ text: '---\ntitle: x\n---\n\n# One\n\ntext', headings: [] }]);
  expect(markdown(`---\n\n# One\n\n${prose('A', 900)}\n\n${prose('B', 900)}`).at(-1)!.headings).toEqual(['One']);
});

test('a chunk never leaves its page', () => {
  const text = 'One.\n\f\nTwo.\n\f\n\n\f\nFour.';
  const found = chunk(text, { contentType: 'application/pdf' });
  expect(found.map(({ start, end, page }) => [page, text.slice(start, end)])).toEqual([
    [1, 'One.'],
    [2, 'Two.'],
    [4, 'Four.'],
  ]);
});
