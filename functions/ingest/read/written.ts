import { READ_TEXT_MAX_CHARS } from '../../_kernel/limits.ts';

/** A document's text as it will be stored, and what it calls itself. */
export type Readable = { text: string; title: string | null };

/** A file that has no text for us; the message says why and what to do, to stand after "The document". */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Refuses what holds more text than a document may have. */
export function refuseTooMuch(characters: number): void {
  if (characters > READ_TEXT_MAX_CHARS)
    throw new Unreadable(`holds more than ${READ_TEXT_MAX_CHARS} characters of text once it is read; split it into several`);
}

/** White space between two pieces of text, from none to a blank line; the greatest that was asked for wins. */
const GAPS = ['', ' ', '\n', '\n\n'] as const;
export type Gap = 0 | 1 | 2 | 3;

export type Writer = ReturnType<typeof writer>;

/**
 * Collects the text that is read out of a file: pieces with the gaps between them, in a few long strings whatever their number.
 *
 * Its `write` throws Unreadable once the text exceeds 8 million characters.
 */
export function writer() {
  const done: string[] = [];
  let parts: string[] = [];
  let length = 0;
  let gap: Gap = 0;
  return {
    apart(wanted: Gap): void {
      if (wanted > gap) gap = wanted;
    },
    write(piece: string): void {
      if (piece === '') return;
      const between = length === 0 ? '' : GAPS[gap];
      length += between.length + piece.length;
      refuseTooMuch(length);
      if (between !== '') parts.push(between);
      parts.push(piece);
      gap = 0;
      if (parts.length < 4_096) return;
      done.push(parts.join(''));
      parts = [];
    },
    length: () => length,
    text: () => [...done, ...parts].join(''),
  };
}

/** One line: white space runs become one space. Joined, for `replace` leaves a tree of 16 bytes a character behind. */
export const oneLine = (text: string): string => text.trim().split(/\s+/).join(' ');
