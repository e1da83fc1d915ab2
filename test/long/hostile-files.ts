import { deflateSync, strToU8, zipSync, zlibSync } from 'fflate';
import { docx, paragraph, pdf, pdfOf, pdfStream } from '../kernel/ingest/files.ts';

const BODY = 16_000_000;
const fill = (unit: string, length = BODY): string => unit.repeat(Math.floor(length / unit.length));
const zeros = (megabytes: number) => new Uint8Array(megabytes * 1_048_576).fill(0x20);
const page = (content: Uint8Array, more: (string | Uint8Array)[] = []) =>
  pdfOf([
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Count 1/Kids[3 0 R]>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>/Contents 4 0 R>>',
    content,
    ...more,
  ]);

/** XML whose entities would expand to 10^9 copies: the billion laughs (Klein, 2002). */
const laughs = `<!DOCTYPE w:document [<!ENTITY l0 "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')}]>`;

/** A zip whose directory says that a file of 300 MB has one byte. */
function lyingZip(): Uint8Array {
  const bytes = zipSync({ 'word/document.xml': zeros(300) });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length - 4; at++) {
    if (view.getUint32(at, true) === 0x04034b50) view.setUint32(at + 22, 1, true);
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 1, true);
  }
  return bytes;
}

/** Files made to break a reader, by name; what is expected of each: to be read, or a word of the reason why not. */
export const HOSTILE: Record<string, { make(): string | Uint8Array; says: RegExp | 'read' }> = {
  'one-line-100mb.txt': { make: () => fill('x', 100_000_000), says: /larger than/ },
  'one-line.txt': { make: () => fill('x'), says: 'read' },
  'one-line-of-words.txt': { make: () => fill('word '), says: 'read' },
  'one-cluster.txt': { make: () => `e${fill('\u0301', 8_000_000)}`, says: 'read' },
  'sentences.txt': { make: () => fill('A. '), says: 'read' },
  'empty-lines.txt': { make: () => fill('a\n\n'), says: 'read' },
  'white-space.txt': { make: () => `${fill(' ')}x`, says: 'read' },
  'emoji.txt': { make: () => fill('👨‍👩‍👧‍👦', 3_000_000), says: 'read' },
  'headings.md': { make: () => fill('# a\n'), says: 'read' },
  'deep-headings.md': { make: () => fill('# a\n## b\n### c\n#### d\n##### e\n###### f\n'), says: 'read' },
  'open-fence.md': { make: () => `\`\`\`\n${fill('code\n')}`, says: 'read' },
  'fences.md': { make: () => fill('```\n'), says: 'read' },
  'underlines.md': { make: () => fill('a\n===\n'), says: 'read' },
  'front-matter.md': { make: () => `---\n${fill('a: b\n')}`, says: 'read' },
  'one-heading.md': { make: () => `# ${fill('# ')}`, says: 'read' },
  'nested-10000.html': { make: () => `${'<div>'.repeat(9_990)}deep${'</div>'.repeat(9_990)}`, says: 'read' },
  'nested.html': { make: () => fill('<b>'), says: /nested/ },
  'stray-ends.html': { make: () => `${'<b>'.repeat(9_999)}${fill('</i>')}`, says: /end tags/ },
  'attributes.html': { make: () => `<p ${fill('a1 ')}>text</p>`, says: 'read' },
  'open-tag.html': { make: () => `text <${fill('a')}`, says: 'read' },
  'entities.html': { make: () => fill('&amp;'), says: 'read' },
  'tiny-elements.html': { make: () => fill('<i>a'), says: /nested/ },
  'tiny-cells.html': { make: () => fill('<td>a</td>'), says: 'read' },
  'titles.html': { make: () => `<h1>${fill('title ', 8_000_000)}`, says: 'read' },
  'nested.json': { make: () => fill('['), says: /nested/ },
  'nested-10000.json': { make: () => `${'['.repeat(9_999)}1${']'.repeat(9_999)}`, says: 'read' },
  'empty-objects.json': { make: () => `[${fill('{},', 15_999_990)}{}]`, says: /readable text|characters/ },
  'numbers.json': { make: () => `[${fill('1,', 15_999_990)}1]`, says: /characters/ },
  'small-records.json': { make: () => `[${fill('{"a":1},', 8_000_000)}{}]`, says: 'read' },
  'one-string.json': { make: () => `"${fill('x', 8_000_000)}"`, says: 'read' },
  'backslashes.json': { make: () => `"${fill('\\\\')}"`, says: 'read' },
  'open-string.json': { make: () => `["${fill('x')}`, says: /never ends/ },
  'lines.jsonl': { make: () => fill('{}\n1\n', 8_000_000), says: 'read' },
  'columns.csv': { make: () => `${fill('c,', 2_000_000)}c\n${fill('1,', 2_000_000)}1`, says: /columns/ },
  'rows.csv': { make: () => `a,b\n${fill('1,2\n', 2_000_000)}`, says: 'read' },
  'header-times-rows.csv': {
    make: () => `${Array.from({ length: 10_000 }, (_, i) => `column_${i}`).join(',')}\n${fill(`${'1,'.repeat(9_999)}1\n`)}`,
    says: /characters/,
  },
  'open-quote.csv': { make: () => `a,b\n"${fill('x,\n')}`, says: /quote/ },
  'quotes.csv': { make: () => `a\n${fill('""', 15_999_990)}`, says: 'read' },
  'bomb.docx': { make: () => zipSync({ 'word/document.xml': zeros(300) }), says: /tag without an end|unpacks/ },
  'bomb-of-text.docx': { make: () => docx(paragraph(fill('lots of text ', 100_000_000))), says: /characters/ },
  'bomb-of-elements.docx': { make: () => docx(fill('<w:p></w:p>', 200_000_000)), says: /unpacks/ },
  'lying.docx': { make: lyingZip, says: /tag without an end|unpacks|broken/ },
  'picture-bomb.docx': { make: () => docx(paragraph('text'), { 'word/media/a.png': zeros(300) }), says: 'read' },
  'entries.docx': {
    make: () => zipSync(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`f${i}`, new Uint8Array(0)]))),
    says: /files/,
  },
  'billion-laughs.docx': {
    make: () => zipSync({ 'word/document.xml': strToU8(`${laughs}<w:document><w:p><w:r><w:t>&l9;</w:t></w:r></w:p></w:document>`) }),
    says: /document type/,
  },
  'nested.docx': { make: () => docx(fill('<w:p>', 50_000_000)), says: /nested/ },
  'endless-tag.docx': { make: () => docx(`<${fill('a', 100_000_000)}`), says: /tag without an end/ },
  'attributes.docx': { make: () => docx(`<w:p ${fill('a="b" ', 50_000_000)}/>${paragraph('text')}`), says: 'read' },
  'bomb.pdf': { make: () => page(pdfStream(zlibSync(zeros(300)), '/Filter/FlateDecode')), says: /unpacks/ },
  'bomb-in-bomb.pdf': {
    make: () => page(pdfStream(zlibSync(zlibSync(zeros(300))), '/Filter[/FlateDecode/FlateDecode]')),
    says: /unpacks|over and over/,
  },
  'not-a-stream.pdf': { make: () => `%PDF-1.7\n${fill('stream\nx')}`, says: /broken/ },
  'deflate-noise.pdf': { make: () => page(pdfStream(deflateSync(zeros(1)), '/Filter/FlateDecode')), says: /no text|broken/ },
  'pages.pdf': { make: () => pdf(Array.from({ length: 5_001 }, () => [])), says: /pages/ },
  'same-page.pdf': {
    make: () =>
      pdfOf([
        '<</Type/Catalog/Pages 2 0 R>>',
        `<</Type/Pages/Count 2000000/Kids[${fill('3 0 R ', 12_000_000)}]>>`,
        '<</Type/Page/Parent 2 0 R>>',
      ]),
    says: /pages/,
  },
  'page-loop.pdf': {
    make: () => pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Count 3/Kids[2 0 R 2 0 R]>>']),
    says: /broken|no text/,
  },
  'nested-arrays.pdf': {
    make: () => pdfOf(['<</Type/Catalog/Pages 2 0 R>>', `<</Type/Pages/Count 1/Kids${fill('[', 1_000_000)}>>`]),
    says: /broken|no text/,
  },
};
