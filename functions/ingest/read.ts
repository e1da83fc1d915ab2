import { decodeUtf8 } from '../_kernel/http/parse.ts';
import { INGEST_BODY_MAX_BYTES, TITLE_MAX_CHARS } from '../_kernel/limits.ts';
import type { ContentType, TextType } from './contract.ts';
import { htmlText } from './html.ts';
import { readCsv } from './read/csv.ts';
import { readDocx } from './read/docx.ts';
import { readJson, readJsonLines } from './read/json.ts';
import { markdownTitle } from './read/markdown.ts';
import { readPdf } from './read/pdf.ts';
import { Unreadable, type Readable } from './read/written.ts';

export type { Readable } from './read/written.ts';
/** A text, or why there is none: one sentence that says what to do. */
export type Read = { readable: Readable } | { why: string };

/** Control characters that no text has, beside white space and the form feed of old manuals. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/g;

const empty = (text: string): boolean => text.trim() === '';

/** Runs a reader; what it made of a file is cleaned of what no store and no model takes, which a text itself may not have. */
function finished({ text, title }: Readable): Read {
  if (empty(text)) return { why: 'has no readable text in it' };
  const clean = (words: string) => words.replace(BINARY, ' ').toWellFormed();
  const name = title === null ? '' : clean(title).slice(0, TITLE_MAX_CHARS).toWellFormed().trim();
  return { readable: { text: clean(text), title: name === '' ? null : name } };
}

function refused(error: unknown): Read {
  if (error instanceof Unreadable) return { why: error.message };
  throw error;
}

function reading(text: string, type: TextType): Readable {
  switch (type) {
    case 'text/plain':
      return { text, title: null };
    case 'text/markdown':
      return { text, title: markdownTitle(text) };
    case 'text/html':
      return htmlText(text);
    case 'text/csv':
      return readCsv(text);
    case 'application/json':
      return readJson(text);
    case 'application/x-ndjson':
      return readJsonLines(text);
  }
}

/**
 * Reads a text of a known type: plain text and Markdown are stored as they are, the others as readable text made of them.
 *
 * The title is the text's own: HTML's, front matter's, the first heading, JSON's `title`; at most 300 characters.
 */
export function readText(text: string, type: TextType): Read {
  if (empty(text)) return { why: 'is empty; leave it out, or delete the document to remove it from the collection' };
  BINARY.lastIndex = 0;
  if (BINARY.test(text)) return { why: 'is not text: it has control characters that no text has; send the text itself' };
  try {
    return finished(reading(text, type));
  } catch (error) {
    return refused(error);
  }
}

/** Reads a file's bytes: texts as strict UTF-8 with a byte order mark dropped and line ends as they are, PDF and Word by their readers. */
export async function readFile(bytes: Uint8Array, type: ContentType): Promise<Read> {
  if (bytes.length > INGEST_BODY_MAX_BYTES) return { why: `is larger than ${INGEST_BODY_MAX_BYTES} bytes; split it` };
  try {
    if (type === 'application/pdf') return finished(await readPdf(bytes));
    if (type === 'application/vnd.openxmlformats-officedocument.wordprocessingml.document') return finished(readDocx(bytes));
  } catch (error) {
    return refused(error);
  }
  const text = decodeUtf8(bytes);
  return text === null ? { why: 'is not UTF-8 text; if it is text, save it as UTF-8' } : readText(text, type);
}
