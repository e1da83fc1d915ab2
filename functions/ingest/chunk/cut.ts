import { CHUNK_MAX_CHARS } from '../../_kernel/limits.ts';
import type { Span } from '../../_kernel/retrieval/sentences.ts';

/** How long a chunk should be, and how long it may be. */
export type Sizes = { target: number; max: number };

/** A sentence that passes the target by half is still better whole than cut. */
export function sizesOf(target: number): Sizes {
  return { target, max: Math.min(CHUNK_MAX_CHARS, Math.floor(target * 1.5)) };
}

/** What goes on with the cluster of the character before it (UAX 29: Extend, SpacingMark, ZWJ). */
const GOES_ON = /^[\p{Grapheme_Extend}\p{Mc}\p{Emoji_Modifier}\u200d\u0e33\u0eb3]/u;
const SPACE = /\s/;

const isSpace = (text: string, at: number): boolean => SPACE.test(text[at]!);
/** Whether the code point there belongs to the cluster of the one before it. */
export const goesOn = (text: string, at: number): boolean => GOES_ON.test(text.slice(at, at + 2));

/** A span without the white space around it; a space that carries a combining mark stays. */
export function trimmed(text: string, span: Span): Span {
  let { start, end } = span;
  while (end > start && isSpace(text, end - 1)) end--;
  while (start < end && isSpace(text, start)) start++;
  if (start > span.start && start < end && goesOn(text, start) && /\p{Zs}/u.test(text[start - 1]!)) start--;
  return { start, end };
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Where to cut a text that starts at `start`, so that the part before is at most `max` code units and near `target`: at white space,
 * else between two grapheme clusters; null when the first cluster alone is longer than `max`.
 *
 * Source: Unicode Standard Annex 29, section 3.
 */
export function cutAt(text: string, start: number, target: number, max: number): number | null {
  for (let at = start + target; at > start; at--) if (isSpace(text, at) && !goesOn(text, at + 1)) return at;
  // Two code units past `max`, so that a border at `max` is seen as one.
  const borders = [...graphemes.segment(text.slice(start, start + max + 2))].map(({ index }) => index).filter((index) => index > 0);
  const near = borders.findLast((index) => index <= target) ?? borders.find((index) => index <= max);
  return near === undefined ? null : start + near;
}

/** Cuts a span into parts of at most `max` code units; a cluster longer than that is cut between code points. */
export function* cutLong(text: string, span: Span, target: number, max: number): Generator<Span> {
  let rest = span;
  while (rest.end - rest.start > max) {
    let at = cutAt(text, rest.start, target, max);
    if (at === null) at = rest.start + max - (/[\udc00-\udfff]/.test(text[rest.start + max]!) ? 1 : 0);
    const part = trimmed(text, { start: rest.start, end: at });
    if (part.end > part.start) yield part;
    rest = trimmed(text, { start: at, end: rest.end });
  }
  if (rest.end > rest.start) yield rest;
}
