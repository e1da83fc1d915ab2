import { decodeUtf8 } from '../_kernel/http/parse.ts';
import type { ContentType } from './contract.ts';
import { htmlText } from './html.ts';

/** A document's text as it will be stored, and what it calls itself. */
export type Readable = { text: string; title: string | null };
/** A text, or why there is none: one sentence that says what to do. */
export type Read = { readable: Readable } | { why: string };

const BY_EXTENSION: Record<string, ContentType> = {
  md: 'text/markdown',
  markdown: 'text/markdown',
  txt: 'text/plain',
  html: 'text/html',
  htm: 'text/html',
};

/** File name endings that can be read. */
export const EXTENSIONS = Object.keys(BY_EXTENSION).map((extension) => `.${extension}`);

/** The content type that a file's name promises; null for one that cannot be read. */
export function typeOfName(name: string): ContentType | null {
  return BY_EXTENSION[/\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''] ?? null;
}

/** Control characters that no text has, beside white space and the form feed of old manuals. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

const empty = (text: string): boolean => text.trim() === '';

/** Reads a text of a known type; the title is its first heading, or HTML's own. */
export function readText(text: string, type: ContentType): Read {
  if (empty(text)) return { why: 'is empty; leave it out, or delete the document to remove it from the collection' };
  if (BINARY.test(text)) return { why: 'is not text: it has control characters that no text has; send the text itself' };
  if (type === 'text/html') {
    const { text: readable, title } = htmlText(text);
    return empty(readable) ? { why: 'has no readable text, only markup' } : { readable: { text: readable, title } };
  }
  const heading = type === 'text/markdown' ? (/^#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$/m.exec(text)?.[1] ?? null) : null;
  return { readable: { text, title: heading } };
}

/** Reads a file's bytes: strict UTF-8, a byte order mark dropped, line ends as they are. */
export function readFile(bytes: Uint8Array, type: ContentType): Read {
  const text = decodeUtf8(bytes);
  return text === null ? { why: 'is not UTF-8 text; if it is text, save it as UTF-8' } : readText(text, type);
}
