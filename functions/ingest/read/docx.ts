import { Parser } from 'htmlparser2';
import { NESTING_MAX } from '../../_kernel/limits.ts';
import { unzip } from './unzip.ts';
import { wordText } from './word.ts';
import { oneLine, Unreadable, writer, type Readable } from './written.ts';

/** Between two marks of real XML lies less; more is one endless tag, which would be kept in memory. */
const MARK_MAX_CHARS = 1_048_576;

export type XmlEvents = {
  open(name: string): void;
  attribute(name: string, value: string): void;
  text(data: string): void;
  close(name: string): void;
};

/** Reads XML in parts, as events. No entity but XML's own five is resolved, so none can multiply. @throws Unreadable. */
function xmlReader(events: XmlEvents): (part: Uint8Array, last: boolean) => void {
  let depth = 0;
  let silent = 0;
  const heard = <T extends unknown[]>(tell: (...given: T) => void) => {
    return (...given: T): void => {
      silent = 0;
      tell(...given);
    };
  };
  const parser = new Parser(
    {
      onopentagname: heard((name: string) => {
        if (++depth > NESTING_MAX) throw new Unreadable(`is nested more than ${NESTING_MAX} deep, which no Word file is`);
        events.open(name);
      }),
      onattribute: heard((name: string, value: string) => events.attribute(name, value)),
      ontext: heard((data: string) => events.text(data)),
      onclosetag: heard((name: string) => {
        depth--;
        events.close(name);
      }),
      onprocessinginstruction(name) {
        if (name.toLowerCase() === '!doctype') throw new Unreadable('declares its own document type, which no Word file does');
      },
    },
    { xmlMode: true },
  );
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (part, last) => {
    const text = decoder.decode(part, { stream: !last });
    silent += text.length;
    parser.write(text);
    if (silent > MARK_MAX_CHARS) throw new Unreadable('is a broken Word file: it has a tag without an end');
    if (last) parser.end();
  };
}

/** An old Word file, and what a password makes of a new one: both are OLE compound files. */
const OLE = [0xd0, 0xcf, 0x11, 0xe0];
const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, i) => bytes[i] === byte);

/** What styles.xml calls the heading styles, whatever language their ids are in. */
function stylesReader(levels: Map<string, number>): XmlEvents {
  let id = '';
  let tag = '';
  return {
    open: (name) => void (tag = name),
    attribute(name, value) {
      if (tag === 'w:style' && name === 'w:styleId') id = value;
      const level = tag === 'w:name' && name === 'w:val' ? /^heading ([1-6])$/i.exec(value)?.[1] : undefined;
      if (level !== undefined) levels.set(id, Number(level));
      if (tag === 'w:name' && /^title$/i.test(value)) levels.set(id, 0);
      if (tag === 'w:outlineLvl' && name === 'w:val' && Number(value) < 6) levels.set(id, Number(value) + 1);
    },
    text: () => {},
    close: () => void (tag = ''),
  };
}

/** Reads one file of the zip. */
function readPart(bytes: Uint8Array, wanted: string, events: XmlEvents): boolean {
  let found = false;
  unzip(bytes, (name) => {
    if (name !== wanted || found) return null;
    found = true;
    return xmlReader(events);
  });
  return found;
}

/**
 * Reads a Word file (ECMA-376, WordprocessingML): paragraphs, headings as Markdown's, lists, tables as rows of cells, notes at the end.
 *
 * Deleted text, comments, headers and footers are left out. @throws Unreadable for one that is encrypted, broken, or unpacks to too much.
 */
export function readDocx(bytes: Uint8Array): Readable {
  if (startsWith(bytes, OLE)) throw new Unreadable('is encrypted, or an old Word file; save it as .docx without a password');
  if (!startsWith(bytes, [0x50, 0x4b])) throw new Unreadable('is not a Word file (.docx is a zip); save it as .docx');
  const out = writer();
  let title = '';
  try {
    const levels = new Map<string, number>();
    readPart(bytes, 'word/styles.xml', stylesReader(levels));
    let tag = '';
    readPart(bytes, 'docProps/core.xml', {
      open: (name) => void (tag = name),
      attribute: () => {},
      text: (data) => void (title += tag === 'dc:title' && title.length < 1_000 ? data : ''),
      close: () => void (tag = ''),
    });
    const body = wordText(out, levels, (named) => (title = oneLine(title) || named));
    if (!readPart(bytes, 'word/document.xml', body)) throw new Unreadable('is a zip, but no Word file: it has no word/document.xml');
    for (const notes of ['word/footnotes.xml', 'word/endnotes.xml'])
      readPart(
        bytes,
        notes,
        wordText(out, levels, () => {}),
      );
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable('is a broken Word file; open it in Word, which can repair it, and save it again');
  }
  return { text: out.text(), title: oneLine(title) || null };
}
