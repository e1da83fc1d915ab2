import { strToU8, zipSync, type Zippable } from 'fflate';

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Bytes of a PDF whose objects are these, from number 1 on; the catalogue is the first. */
export function pdfOf(objects: readonly (string | Uint8Array)[], trailer = ''): Uint8Array {
  const parts: Uint8Array[] = [utf8('%PDF-1.7\n')];
  const offsets: number[] = [];
  let length = parts[0]!.length;
  const add = (bytes: Uint8Array) => {
    parts.push(bytes);
    length += bytes.length;
  };
  for (const [i, body] of objects.entries()) {
    offsets.push(length);
    add(utf8(`${i + 1} 0 obj\n`));
    add(typeof body === 'string' ? utf8(body) : body);
    add(utf8('\nendobj\n'));
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const start = length;
  add(
    utf8(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<</Size ${objects.length + 1}/Root 1 0 R${trailer}>>\nstartxref\n${start}\n%%EOF\n`,
    ),
  );
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A stream object of a PDF. */
export function pdfStream(content: Uint8Array | string, dictionary = ''): Uint8Array {
  const bytes = typeof content === 'string' ? utf8(content) : content;
  return new Uint8Array([...utf8(`<</Length ${bytes.length}${dictionary}>>\nstream\n`), ...bytes, ...utf8('\nendstream')]);
}

/** A PDF with a page of each list of lines, in a standard font; an empty list is a page without text. */
export function pdf(pages: readonly (readonly string[])[], trailer = '', more: readonly string[] = []): Uint8Array {
  const contents = pages.map((lines) =>
    pdfStream(lines.map((line, i) => `BT /F1 12 Tf 72 ${720 - 14 * i} Td (${line.replace(/[\\()]/g, '\\$&')}) Tj ET`).join('\n')),
  );
  const kids = pages.map((_, i) => `${4 + 2 * i} 0 R`).join(' ');
  return pdfOf(
    [
      '<</Type/Catalog/Pages 2 0 R>>',
      `<</Type/Pages/Count ${pages.length}/Kids[${kids}]>>`,
      '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>',
      ...contents.flatMap((content, i) => [
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents ${5 + 2 * i} 0 R>>`,
        content,
      ]),
      ...more,
    ],
    trailer,
  );
}

const STYLES = `<?xml version="1.0"?><w:styles xmlns:w="x"><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style><w:style w:styleId="Titel"><w:name w:val="Title"/></w:style></w:styles>`;

/** A Word file with this body, its styles named as a German Word names them. */
export function docx(body: string, files: Zippable = {}): Uint8Array {
  const document = `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="x" xmlns:mc="y"><w:body>${body}</w:body></w:document>`;
  return zipSync({ 'word/styles.xml': strToU8(STYLES), 'word/document.xml': strToU8(document), ...files });
}

/** A paragraph of a Word file, in a style or in none. */
export const paragraph = (text: string, style = ''): string =>
  `<w:p>${style && `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
