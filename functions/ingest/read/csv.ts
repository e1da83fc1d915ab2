import Papa from 'papaparse';
import { CSV_COLUMNS_MAX } from '../../_kernel/limits.ts';
import { oneLine, Unreadable, writer, type Readable } from './written.ts';

/**
 * Reads comma-separated values (RFC 4180; semicolons and tabs are noticed): the first row names the fields, each further row becomes a
 * record of `name: value` lines, empty fields left out, records set apart by blank lines.
 *
 * @throws Unreadable for an open quote, no row under the header, or more columns than a spreadsheet has.
 */
export function readCsv(text: string): Readable {
  const out = writer();
  let names: string[] | null = null;
  let row = 0;
  const take = ({ data, errors }: Papa.ParseStepResult<string[]>) => {
    row++;
    if (errors.some(({ type }) => type === 'Quotes'))
      throw new Unreadable(`has a quote in row ${row} that is not closed, or text after a closed one; correct the row`);
    if (data.length > CSV_COLUMNS_MAX)
      throw new Unreadable(`has ${data.length} columns in row ${row}; a table of at most ${CSV_COLUMNS_MAX} can be read`);
    if (names === null) {
      names = data.map((name, i) => oneLine(name) || `column ${i + 1}`);
      return;
    }
    out.apart(3);
    for (const [i, value] of data.entries()) {
      const words = value.trim().replace(/\n\s*\n/g, '\n');
      if (words === '') continue;
      out.write(`${names[i] ?? `column ${i + 1}`}: ${words}`);
      out.apart(2);
    }
  };
  Papa.parse<string[]>(text, { skipEmptyLines: 'greedy', step: take });
  if (out.length() === 0) throw new Unreadable('has no rows under its header; the first row names the fields');
  return { text: out.text(), title: null };
}
