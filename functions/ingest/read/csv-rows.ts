import { CSV_COLUMNS_MAX } from '../../_kernel/limits.ts';
import { Unreadable } from './written.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;
type Delimiter = (typeof DELIMITERS)[number];

/** The delimiter that the first line has most of, outside quotes; a comma where it has none. */
function delimiterOf(text: string): Delimiter {
  const line = /^[^\n\r]*/.exec(text.slice(0, 65_536).replace(/"(?:[^"]|"")*"/g, ''))![0];
  const count = (mark: string) => line.split(mark).length;
  return DELIMITERS.reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

/** Looks for marks from growing positions, each part of the text once. */
function finder(text: string): (mark: string, from: number) => number {
  const next = new Map<string, number>();
  return (mark, from) => {
    let at = next.get(mark) ?? -1;
    if (at < from) {
      const found = text.indexOf(mark, from);
      next.set(mark, (at = found < 0 ? text.length : found));
    }
    return at;
  };
}

/** A quoted field's text, from after its first quote to its last; joined now and then, for it may be millions of doubled quotes. */
function unquoted(text: string, start: number, end: number): string {
  const done: string[] = [];
  let parts: string[] = [];
  for (let from = start; from < end;) {
    const quote = text.indexOf('"', from);
    const until = quote < 0 || quote >= end ? end : quote + 1;
    parts.push(text.slice(from, until));
    from = until + 1;
    if (parts.length < 4_096) continue;
    done.push(parts.join(''));
    parts = [];
  }
  return [...done, ...parts].join('');
}

/**
 * The rows of comma-separated values (RFC 4180), one at a time; semicolons, tabs and bars between the fields are noticed by themselves.
 *
 * Written here because the parsers at hand take 80 times a hostile text's size. @throws Unreadable for a quote that is not closed or has
 * text behind it, and for more columns than a spreadsheet has.
 */
export function* csvRows(text: string): Generator<string[]> {
  const delimiter = delimiterOf(text);
  const find = finder(text);
  let row: string[] = [];
  let number = 1;
  for (let at = 0; at < text.length;) {
    if (row.length === CSV_COLUMNS_MAX)
      throw new Unreadable(`has more than ${CSV_COLUMNS_MAX} columns in row ${number}; split the table, it is wider than a spreadsheet`);
    const lineEnd = () => Math.min(find('\n', at), find('\r', at));
    if (text[at] === '"') {
      const start = ++at;
      const unclosed = new Unreadable(`has a quote in row ${number} that is not closed, or text after a closed one; correct the row`);
      for (;;) {
        at = text.indexOf('"', at);
        if (at < 0) throw unclosed;
        if (text[at + 1] !== '"') break;
        at += 2;
      }
      row.push(unquoted(text, start, at++));
      while (text[at] === ' ') at++;
      if (at < text.length && text[at] !== delimiter && at !== lineEnd()) throw unclosed;
    } else {
      const end = Math.min(find(delimiter, at), lineEnd());
      row.push(text.slice(at, end));
      at = end;
    }
    const goesOn = text[at] === delimiter;
    if (goesOn && at + 1 === text.length) row.push('');
    if (!goesOn || at + 1 === text.length) {
      yield row;
      row = [];
      number++;
      if (text[at] === '\r' && text[at + 1] === '\n') at++;
    }
    at++;
  }
}
