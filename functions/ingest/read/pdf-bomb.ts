import { Unzlib } from 'fflate';
import { PDF_STREAM_MAX_BYTES } from '../../_kernel/limits.ts';
import { Unreadable } from './written.ts';

const STEP_BYTES = 4_096;
/** Layers of compression in one stream; one is usual, two are seen, more is meant to hide something. */
const LAYERS_MAX = 3;

const isZlib = (bytes: Uint8Array): boolean => (bytes[0]! & 0x0f) === 8 && bytes[0]! >> 4 <= 7 && (bytes[0]! * 256 + bytes[1]!) % 31 === 0;

/** Counts what a zlib stream unpacks to, with what that unpacks to in turn, keeping none of it; a broken end is the reader's matter. */
function count(layers: number): (part: Uint8Array) => void {
  let size = 0;
  let inner: ((part: Uint8Array) => void) | null = null;
  let broken = false;
  const inflate = new Unzlib((part) => {
    if (size === 0 && part.length > 2 && isZlib(part)) {
      if (layers === LAYERS_MAX) throw new Unreadable('is packed over and over, as attacks are; print or save it as a new PDF');
      inner = count(layers + 1);
    }
    size += part.length;
    if (size > PDF_STREAM_MAX_BYTES)
      throw new Unreadable(
        `has a part that unpacks to more than ${PDF_STREAM_MAX_BYTES} bytes, as attacks do; print or save it as a new PDF`,
      );
    inner?.(part);
  });
  return (bytes) => {
    if (broken) return;
    try {
      // In small steps: the most that is unpacked before it is counted is a thousand times one of them.
      for (let at = 0; at < bytes.length; at += STEP_BYTES) inflate.push(bytes.subarray(at, at + STEP_BYTES));
    } catch (error) {
      if (error instanceof Unreadable) throw error;
      broken = true;
    }
  };
}

/** Where a keyword's bytes come next, -1 for nowhere. */
function find(bytes: Uint8Array, word: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(word[0]!, from); at >= 0; at = bytes.indexOf(word[0]!, at + 1))
    if (word.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}

/**
 * Refuses a PDF of which one stream unpacks to more than 32 MB, before a reader that would keep it all in memory sees it.
 *
 * Streams are found by their keyword and their content (RFC 1950), not by what the file says of them. Encrypted ones cannot be seen into.
 * @throws Unreadable.
 */
export function refusePdfBomb(bytes: Uint8Array): void {
  const keyword = new TextEncoder().encode('stream');
  const endword = new TextEncoder().encode('endstream');
  for (let at = find(bytes, keyword, 0); at >= 0;) {
    let start = at + keyword.length;
    while (bytes[start] === 0x0d || bytes[start] === 0x0a) start++;
    if (start + 2 > bytes.length || !isZlib(bytes.subarray(start, start + 2))) {
      at = find(bytes, keyword, start);
      continue;
    }
    const found = find(bytes, endword, start);
    const end = found < 0 ? bytes.length : found;
    count(1)(bytes.subarray(start, end));
    at = found < 0 ? -1 : find(bytes, keyword, found + endword.length);
  }
}
