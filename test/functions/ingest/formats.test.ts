import * as fc from 'fast-check';
import { strToU8 } from 'fflate';
import { describe, expect, test } from 'vitest';
import { chunk } from '../../../functions/ingest/chunk.ts';
import type { ContentType } from '../../../functions/ingest/contract.ts';
import { csvRows } from '../../../functions/ingest/read/csv-rows.ts';
import { typeOfName } from '../../../functions/_kernel/file-types.ts';
import { readFile, readText } from '../../../functions/ingest/read.ts';
import { docx, paragraph, pdf, pdfOf, pdfStream } from '../../kernel/ingest/files.ts';

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const bytes = (text: string) => new TextEncoder().encode(text);
async function read(content: Uint8Array | string, type: ContentType) {
  const result = await readFile(typeof content === 'string' ? bytes(content) : content, type);
  if ('why' in result) throw new Error(result.why);
  return result.readable;
}
const why = async (content: Uint8Array | string, type: ContentType) => {
  const result = await readFile(typeof content === 'string' ? bytes(content) : content, type);
  return 'why' in result ? result.why : `was read: ${result.readable.text}`;
};

test.each([
  ['a.md', 'text/markdown'],
  ['a.mdx', 'text/markdown'],
  ['A.PDF', 'application/pdf'],
  ['b.docx', WORD],
  ['c.jsonl', 'application/x-ndjson'],
  ['d.csv', 'text/csv'],
  ['e.exe', null],
])('a file named %s is %s', (name, type) => {
  expect(typeOfName(name)).toBe(type);
});

describe('Markdown', () => {
  test.each([
    ['its first heading', '\n# The *title* #\n\ntext', 'The *title*'],
    ['an underlined heading', 'The title\n=========\n\ntext', 'The title'],
    ['its front matter', '---\nlayout: page\ntitle: "Of: the page"\n---\n# Another', 'Of: the page'],
    ['no comment in its code', '```sh\n# comment\n```\n\n## Real', 'Real'],
    ['no line between two dashes that are no front matter', '---\n\ntext\n\n---\n\n# Real', 'Real'],
  ])('is called by %s', (_, text, title) => {
    expect(readText(text, 'text/markdown')).toEqual({ readable: { text, title } });
  });
});

describe('PDF', () => {
  test('has its text page by page, its title, and each chunk its page', async () => {
    const { text, title } = await read(
      pdf([['First (page).', 'Its second line.', '', '', 'Far below.'], [], ['Third page.']], '/Info 10 0 R', ['<</Title(The title)>>']),
      'application/pdf',
    );
    expect(text).toBe('First (page).\nIts second line.\n\nFar below.\n\f\n\n\f\nThird page.');
    expect(title).toBe('The title');
    const chunks = chunk(text, { contentType: 'application/pdf' });
    expect(chunks.map(({ start, end, page }) => [page, text.slice(start, end)])).toEqual([
      [1, 'First (page).\nIts second line.\n\nFar below.'],
      [3, 'Third page.'],
    ]);
  });

  test('that is encrypted, scanned, cut off or something else says which', async () => {
    const encryption = `<</Filter/Standard/V 1/R 2/P -4/O<${'ab'.repeat(32)}>/U<${'cd'.repeat(32)}>>>`;
    const locked = pdf([['secret']], '/Encrypt 6 0 R/ID[<00><00>]', [encryption]);
    expect(await why(locked, 'application/pdf')).toMatch(/is encrypted; remove its password/);
    expect(await why(pdf([[], []]), 'application/pdf')).toMatch(/has no text.*OCR/);
    expect(await why(pdf([['text']]).slice(0, 120), 'application/pdf')).toMatch(/is a broken PDF/);
    expect(await why('plain text', 'application/pdf')).toMatch(/is a broken PDF/);
  });

  test('leaves the bytes it was given as they were', async () => {
    const given = pdf([['text']]);
    const before = given.slice();
    await read(given, 'application/pdf');
    expect(given).toEqual(before);
  });

  test('whose drawing is compressed is read, one that unpacks without end is not', async () => {
    const { zlibSync } = await import('fflate');
    const of = (content: string | Uint8Array) =>
      pdfOf([
        '<</Type/Catalog/Pages 2 0 R>>',
        '<</Type/Pages/Count 1/Kids[4 0 R]>>',
        '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
        '<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents 5 0 R>>',
        pdfStream(zlibSync(typeof content === 'string' ? strToU8(content) : content), '/Filter/FlateDecode'),
      ]);
    expect((await read(of('BT /F1 12 Tf 72 720 Td (packed) Tj ET'), 'application/pdf')).text).toBe('packed');
    expect(await why(of(new Uint8Array(40_000_000)), 'application/pdf')).toMatch(/unpacks to more than/);
  });
});

describe('Word', () => {
  const list = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/></w:numPr></w:pPr><w:r><w:t>item</w:t></w:r></w:p>';
  const cell = (text: string) => `<w:tc>${text}</w:tc>`;

  test('has headings in every language, lists, tables, notes and its title', async () => {
    const rows = [
      ['a', 'b'],
      ['1', '2'],
    ]
      .map((row) => `<w:tr>${row.map((text) => cell(paragraph(text))).join('')}</w:tr>`)
      .join('');
    const body = [
      paragraph('The report', 'Titel'),
      paragraph('Part &amp; parcel', 'berschrift1'),
      paragraph('Some text.'),
      list,
      list,
      `<w:tbl>${rows}</w:tbl>`,
      paragraph('Deeper', 'berschrift2'),
      '<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t></w:r><w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del></w:p>',
    ];
    const notes = strToU8(`<w:footnotes xmlns:w="x"><w:footnote>${paragraph('A note.')}</w:footnote></w:footnotes>`);
    const { text, title } = await read(docx(body.join(''), { 'word/footnotes.xml': notes }), WORD);
    expect(text).toBe(
      '# The report\n\n# Part & parcel\n\nSome text.\n\n- item\n- item\n\na | b\n1 | 2\n\n## Deeper\n\none\ntwo\n\nA note.',
    );
    expect(title).toBe('The report');
  });

  test('that is encrypted, cut off, or another kind of zip says which', async () => {
    const whole = docx(paragraph('text '.repeat(500)));
    expect(await why(new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 1]), WORD)).toMatch(/is encrypted, or an old Word file/);
    expect(await why(whole.slice(0, 120), WORD)).toMatch(/broken Word file|no word\/document/);
    expect(await why(docx('').slice(0, 40), WORD)).toMatch(/broken Word file|no word\/document/);
    expect(await why('plain text', WORD)).toMatch(/is not a Word file/);
  });

  test('cut off anywhere is refused or read whole, never read in part', async () => {
    const text = Array.from({ length: 60 }, (_, i) => `Sentence ${i} ${(i * 7919) % 997}.`).join(' ');
    const whole = docx(paragraph(text));
    for (let length = 4; length < whole.length; length += 23) {
      const result = await readFile(whole.slice(0, length), WORD);
      if ('readable' in result) expect(result.readable.text, `${length} of ${whole.length}`).toBe(text);
    }
  });

  test('with a document type of its own is refused', async () => {
    const laughs = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><w:document><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:document>';
    expect(await why(docx('', { 'word/document.xml': strToU8(laughs) }), WORD)).toMatch(/document type/);
  });
});

describe('JSON', () => {
  test('becomes lines of names and values, its records apart', async () => {
    const value = {
      title: 'Cars',
      note: null,
      tags: ['a', 'b'],
      none: [],
      owner: { name: 'Ada', age: 36 },
      cars: [{ id: 1 }, { id: 2, big: true }],
    };
    expect(await read(JSON.stringify(value), 'application/json')).toEqual({
      text: 'title: Cars\nnote: null\ntags:\n  - a\n  - b\nnone: []\nowner:\n  name: Ada\n  age: 36\ncars:\n\n  - id: 1\n\n  - id: 2\n    big: true',
      title: 'Cars',
    });
    expect((await read('[{"a":1,"b":[{"c":2}]},{"a":3}]', 'application/json')).text).toBe('a: 1\nb:\n  - c: 2\n\na: 3');
  });

  test('keeps numbers as they were written', async () => {
    expect((await read('{"id":12345678901234567890,"pi":3.10,"e":1e400}', 'application/json')).text).toBe(
      'id: 12345678901234567890\npi: 3.10\ne: 1e400',
    );
  });

  test('is accepted exactly where JSON.parse accepts it', async () => {
    const near = fc.oneof(
      fc.json(),
      fc
        .array(
          fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', '-', '0', '.5', 'e1', 'true', 'nul', ' ', '"', '\\', '\\u00e9"', '\n'),
          { maxLength: 9 },
        )
        .map((all) => all.join('')),
    );
    await fc.assert(
      fc.asyncProperty(near, async (text) => {
        fc.pre(text.trim() !== '');
        const parses = (() => {
          try {
            return JSON.parse(text) !== undefined;
          } catch {
            return false;
          }
        })();
        expect(/is not JSON/.test(await why(text, 'application/json'))).toBe(!parses);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['{"a":1,}', /character 8 a name in double quotes is missing/],
    ['[1 2]', /character 4 a comma/],
    ['{"a', /character 2 a string begins that never ends/],
    ['{} {}', /character 4 more follows/],
  ])('%s says where it is broken', async (text, says) => {
    expect(await why(text, 'application/json')).toMatch(says);
  });

  test('Lines are records of one document, and a broken one is named', async () => {
    expect((await read('{"a":1}\r\n\n{"a":2,"b":{"c":3}}\n', 'application/x-ndjson')).text).toBe('a: 1\n\na: 2\nb:\n  c: 3');
    expect(await why('{"a":1}\n{"a":}\n', 'application/x-ndjson')).toMatch(/is not JSON.*\(line 2\)/);
  });
});

describe('CSV', () => {
  test('is a record a row, each value under its name', async () => {
    const text = 'name,age,note\r\nAda,36,"said ""no"", twice"\r\n\r\nBob,,\r\nEve,1,x,extra\r\n';
    expect((await read(text, 'text/csv')).text).toBe(
      'name: Ada\nage: 36\nnote: said "no", twice\n\nname: Bob\n\nname: Eve\nage: 1\nnote: x\ncolumn 4: extra',
    );
  });

  test.each([
    ['semicolons', 'a;b\n1,5;2\n', 'a: 1,5\nb: 2'],
    ['tabs', 'a\tb\n1\t2\n', 'a: 1\nb: 2'],
    ['one column', 'word\nred\nblue\n', 'word: red\n\nword: blue'],
    ['a column without a name', 'a,\n1,2\n', 'a: 1\ncolumn 2: 2'],
    ['a byte order mark', '\ufeffa,b\n1,2\n', 'a: 1\nb: 2'],
  ])('with %s is read', async (_, text, expected) => {
    expect((await read(text, 'text/csv')).text).toBe(expected);
  });

  test('of any fields is read as it was written by RFC 4180', () => {
    const field = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', ',', ';', '\n', '\r', ' ', 'a') }));
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n', '\r'), (table, ends) => {
        const written = table.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join(ends);
        expect([...csvRows(written)]).toEqual(table);
      }),
      { numRuns: 500 },
    );
    expect([...csvRows('a,b,\n,1\n\nx,"y" ,z')]).toEqual([['a', 'b', ''], ['', '1'], [''], ['x', 'y', 'z']]);
  });

  test('that is broken says how', async () => {
    expect(await why('a,b\n1,"2\n3,4\n', 'text/csv')).toMatch(/quote in row 2/);
    expect(await why('a,b\n', 'text/csv')).toMatch(/no rows under its header/);
    expect(await why(`${'c,'.repeat(20_000)}c\n1\n`, 'text/csv')).toMatch(/more than 16384 columns in row 1/);
  });
});
