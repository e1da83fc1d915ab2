import { NESTING_MAX } from '../../_kernel/limits.ts';
import { tokens } from './json-tokens.ts';
import { oneLine, Unreadable, writer, type Readable, type Writer } from './written.ts';

/** Deeper levels are not indented further: the white space would outgrow the text. */
const INDENTS_MAX = 8;

/** A list or object that is open: its own name and place, until its first value is written. */
type Level = { list: boolean; head: string | null; headIndent: number; key: string | null; empty: boolean; indent: number };

/**
 * Writes one JSON value as readable lines (`name: value`, `- item`), as YAML does; numbers stay as they were written.
 *
 * Entries of a list that are themselves objects or lists stand apart, at the two outermost levels.
 * @returns what the value calls itself: its `title` or `name`. @throws Unreadable when it is not JSON (RFC 8259).
 */
function writeValue(out: Writer, text: string): string | null {
  const levels: Level[] = [];
  const titles = new Map<string, string>();
  let dashes = '';
  const line = (content: string, indent: number) => {
    out.apart(2);
    out.write('  '.repeat(Math.min(INDENTS_MAX, Math.max(0, indent - dashes.length / 2))) + dashes + content);
    dashes = '';
  };
  for (const { kind, value } of tokens(text)) {
    const level = levels.at(-1);
    if (kind === 'key') {
      level!.key = oneLine(value);
      continue;
    }
    if (kind === 'close') {
      const { empty, list, head, headIndent } = levels.pop()!;
      const sign = list ? '[]' : '{}';
      if (empty && levels.length > 0) line(head === null ? sign : `${head}: ${sign}`, headIndent);
      continue;
    }
    if (level?.empty === true) {
      level.empty = false;
      if (level.head !== null) line(`${level.head}:`, level.headIndent);
    }
    const name = level === undefined || level.list ? null : level.key;
    const indent = level?.indent ?? 0;
    if (kind === 'scalar') {
      if (levels.length === 1 && name !== null && !titles.has(name)) titles.set(name, value);
      if (level?.list === true) dashes += '- ';
      line(name === null ? value : `${name}: ${value}`, indent + (level?.list === true ? 1 : 0));
      continue;
    }
    if (levels.length >= NESTING_MAX) throw new Unreadable(`is nested more than ${NESTING_MAX} deep; flatten it`);
    const entry = level?.list === true;
    if (entry && levels.length <= 2) out.apart(3);
    const record = entry && levels.length === 1;
    if (entry && !record) dashes += '- ';
    const inside = indent + ((entry && !record) || name !== null ? 1 : 0);
    levels.push({ list: kind === 'list', head: name, headIndent: name === null ? inside : indent, key: null, empty: true, indent: inside });
  }
  return titles.get('title') ?? titles.get('name') ?? null;
}

/** Reads a JSON document; the entries of a list at its top become records, set apart by blank lines. @throws Unreadable. */
export function readJson(text: string): Readable {
  const out = writer();
  const title = writeValue(out, text);
  return { text: out.text(), title };
}

/** Reads JSON Lines, a record a line, set apart by blank lines; the lines together are one document. @throws Unreadable. */
export function readJsonLines(text: string): Readable {
  const out = writer();
  let number = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const record = text.slice(start, end);
    number++;
    start = end + 1;
    if (record.trim() === '') continue;
    out.apart(3);
    try {
      writeValue(out, record);
    } catch (error) {
      if (error instanceof Unreadable) throw new Unreadable(`${error.message} (line ${number})`);
      throw error;
    }
  }
  return { text: out.text(), title: null };
}
