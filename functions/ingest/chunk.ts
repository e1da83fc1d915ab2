import { CHUNK_MAX_CHARS, CHUNK_TARGET_CHARS } from '../_kernel/limits.ts';
import { sentences, type Span } from '../_kernel/retrieval/sentences.ts';

type Block = Span & { heading: boolean };

/** A text's blocks: fenced code whole, headings, paragraphs; without the white space around them. */
function blocks(text: string): Block[] {
  const found: Block[] = [];
  let fence: string | null = null;
  let apart = true; // the next line begins a block of its own
  for (const line of text.matchAll(/[^\n\r]*(?:\r\n|\n|\r|$)/g)) {
    const content = line[0].trim();
    const start = line.index + (line[0].length - line[0].trimStart().length);
    const end = start + content.length;
    const mark = /^(```+|~~~+)/.exec(content)?.[1] ?? null;
    const heading = fence === null && /^#{1,6}\s/.test(content);
    const before = found.at(-1);
    if (content === '') apart ||= fence === null;
    else if (apart || heading || before === undefined) found.push({ start, end, heading });
    else before.end = end;
    if (content !== '') apart = heading;
    if (fence === null) fence = mark;
    else if (mark !== null && mark.startsWith(fence) && content === mark) fence = null;
  }
  return found;
}

/** Cuts a span that has no better border at white space, or between two grapheme clusters where there is none. */
function cutLong(text: string, { start, end }: Span): Span[] {
  const cut: Span[] = [];
  let from = start;
  while (end - from > CHUNK_MAX_CHARS) {
    const window = text.slice(from, from + CHUNK_TARGET_CHARS);
    let length = window.search(/\s\S*$/);
    if (length <= 0) {
      const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
      // A cluster that is longer than a chunk is cut between code points: the hard bound comes first.
      const borders = [...segmenter.segment(text.slice(from, from + CHUNK_MAX_CHARS))].map(({ index }) => index);
      length = borders.findLast((index) => index > 0 && index <= CHUNK_TARGET_CHARS) ?? CHUNK_TARGET_CHARS;
      if (/[\udc00-\udfff]/.test(text[from + length] ?? '') && length > 1) length--;
    }
    cut.push({ start: from, end: from + length });
    from += length;
    from += /^\s*/.exec(text.slice(from, end))![0].length;
  }
  if (end > from) cut.push({ start: from, end });
  return cut;
}

/** The smallest pieces a chunk is made of: whole blocks where they fit, else their sentences. */
function pieces(text: string): Block[] {
  return blocks(text).flatMap((block) => {
    if (block.end - block.start <= CHUNK_MAX_CHARS) return [block];
    return sentences(text.slice(block.start, block.end))
      .map(({ start, end }) => ({ start: block.start + start, end: block.start + end }))
      .flatMap((sentence) => cutLong(text, sentence))
      .map((span) => ({ ...span, heading: false }));
  });
}

/**
 * Cuts a text into chunks of about 800 characters at headings, paragraph and sentence borders; none is longer than 1,200.
 *
 * Spans are offsets in UTF-16 code units; they are in order, do not overlap, and together hold every character that is not white space.
 * A heading stays with what follows it. Source: recursive splitting, measured against fixed windows on judged collections.
 */
export function chunk(text: string): Span[] {
  const chunks: Span[] = [];
  let open: Span | null = null;
  for (const piece of pieces(text)) {
    const fits: boolean = open !== null && piece.end - open.start <= CHUNK_TARGET_CHARS;
    const newSection: boolean = piece.heading && open !== null && open.end - open.start >= CHUNK_TARGET_CHARS / 2;
    if (open !== null && fits && !newSection) {
      open = { start: open.start, end: piece.end };
      continue;
    }
    if (open !== null) chunks.push(open);
    open = { start: piece.start, end: piece.end };
  }
  if (open !== null) chunks.push(open);
  return chunks;
}
