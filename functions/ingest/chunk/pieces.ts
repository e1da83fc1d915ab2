import { sentences, type Span } from '../../_kernel/retrieval/sentences.ts';
import type { Block } from './blocks.ts';
import { cutLong, goesOn, trimmed, type Sizes } from './cut.ts';

/** Sentences are looked for in so much text at once: a paragraph of megabytes is never a list of all its sentences. */
const WINDOW_CHARS = 16_384;

/** The sentences of a part of a text; one that would begin inside a cluster is none (Unicode's two annexes differ on a few letters). */
function sentencesIn(text: string, from: number, until: number): Span[] {
  const found: Span[] = [];
  for (const { start, end } of sentences(text.slice(from, until))) {
    const last = found.at(-1);
    if (last !== undefined && last.end === from + start && goesOn(text, from + start)) last.end = from + end;
    else found.push({ start: from + start, end: from + end });
  }
  return found;
}

function* sentencesOf(text: string, block: Span, sizes: Sizes): Generator<Span> {
  const { target, max } = sizes;
  let from = block.start;
  while (from < block.end) {
    const until = Math.min(from + WINDOW_CHARS, block.end);
    const found = sentencesIn(text, from, until);
    // The window's end is no sentence's end, so the last sentence is looked at again from its start.
    const last = until < block.end ? found.pop() : undefined;
    if (until === block.end || found.length > 0) {
      for (const sentence of found) yield* cutLong(text, sentence, target, max);
      from = last?.start ?? block.end;
      continue;
    }
    // One sentence fills the window: half of it is cut, so that what follows is seen with its context.
    for (const part of cutLong(text, { start: from, end: until }, target, max)) {
      yield part;
      from = part.end;
      if (until - from <= WINDOW_CHARS / 2) break;
    }
    from = trimmed(text, { start: from, end: block.end }).start;
  }
}

function* rowsOf(text: string, block: Span, sizes: Sizes): Generator<Span> {
  for (let start = block.start; start < block.end;) {
    const newline = text.slice(start, block.end).search(/[\n\r]/);
    const end = newline < 0 ? block.end : start + newline;
    const row = trimmed(text, { start, end });
    if (row.end - row.start > sizes.max) yield* sentencesOf(text, row, sizes);
    else if (row.end > row.start) yield row;
    start = end + 1;
  }
}

/** The smallest parts that chunks are made of: a block that fits as it is, else its sentences or its rows. */
export function* pieces(text: string, block: Block, whole: boolean, sizes: Sizes): Generator<Span> {
  if (whole && block.end - block.start <= sizes.max) yield block;
  else if (block.kind === 'rows') yield* rowsOf(text, block, sizes);
  else yield* sentencesOf(text, block, sizes);
}
