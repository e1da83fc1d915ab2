import { csvRows } from './csv-rows.ts';
import { oneLine, Unreadable, writer, type Readable } from './written.ts';

/**
 * Reads comma-separated values: the first row names the fields, each further row becomes a record of `name: value` lines, empty fields
 * left out, records set apart by blank lines.
 *
 * @throws Unreadable for an open quote, no row under the header, or more columns than a spreadsheet has.
 */
export function readCsv(text: string): Readable {
  const out = writer();
  let names: string[] | null = null;
  for (const row of csvRows(text)) {
    if (row.every((value) => value.trim() === '')) continue;
    if (names === null) {
      names = row.map((name, i) => oneLine(name) || `column ${i + 1}`);
      continue;
    }
    out.apart(3);
    for (const [i, value] of row.entries()) {
      const words = value.trim().replace(/\n\s*\n/g, '\n');
      if (words === '') continue;
      out.write(`${names[i] ?? `column ${i + 1}`}: ${words}`);
      out.apart(2);
    }
  }
  if (out.length() === 0) throw new Unreadable('has no rows under its header; the first row names the fields');
  return { text: out.text(), title: null };
}
