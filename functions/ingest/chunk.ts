import { CHUNK_TARGET_CHARS, TITLE_MAX_CHARS } from '../_kernel/limits.ts';
import type { Span } from '../_kernel/retrieval/sentences.ts';
import { blocks, headingText, type Structure } from './chunk/blocks.ts';
import { cutAt, sizesOf, trimmed, type Sizes } from './chunk/cut.ts';
import { pieces } from './chunk/pieces.ts';

/** A passage of a text: its span, the titles of the sections it stands in, outermost first, and its page where the text has pages. */
export type Chunk = Span & { headings: string[]; page?: number };

/** How the stored text of each type is built; HTML and Word files are stored as Markdown. */
const STRUCTURES: Record<string, Structure> = {
  'text/markdown': 'markdown',
  'text/html': 'markdown',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'markdown',
  'application/pdf': 'pages',
  'application/json': 'records',
  'application/x-ndjson': 'records',
  'text/csv': 'records',
};

type Section = { level: number; title: string };
type Piece = Span & { headings: string[]; page: number; opensSection: boolean };

const titlesOf = (path: readonly Section[]): string[] => path.map(({ title }) => title).filter((title) => title !== '');

/** Joins headings to the text below them, of which as much as there is room for; they stay alone only above one endless cluster. */
function* withHeadings(text: string, above: Piece, body: Piece, { target, max }: Sizes): Generator<Piece> {
  const room = max - (body.start - above.start);
  if (body.end - body.start <= room) return yield { ...above, end: body.end };
  const at = room > 0 ? cutAt(text, body.start, Math.min(target, room), room) : null;
  const part = at === null ? null : trimmed(text, { start: body.start, end: at });
  yield part === null || part.end === part.start ? above : { ...above, end: part.end };
  yield { ...body, ...trimmed(text, { start: at ?? body.start, end: body.end }) };
}

/** The parts chunks are made of, each with the titles above it; headings together with what they stand above. */
function* sections(text: string, structure: Structure, sizes: Sizes): Generator<Piece> {
  const { target, max } = sizes;
  const path: Section[] = [];
  let above: Piece | null = null;
  for (const block of blocks(text, structure)) {
    const { start, end, page, level } = block;
    if (block.kind === 'heading' && end - start <= target / 2) {
      while (path.length > 0 && path.at(-1)!.level >= level) path.pop();
      if (above !== null && end - above.start <= target / 2) above.end = end;
      else {
        if (above !== null) yield above;
        above = { start, end, page, headings: titlesOf(path), opensSection: true };
      }
      path.push({ level, title: headingText(text.slice(start, end)).slice(0, TITLE_MAX_CHARS) });
      continue;
    }
    const headings = titlesOf(path);
    const whole: boolean = end - (above ?? block).start <= max;
    for (const span of pieces(text, block, whole, sizes)) {
      const body = { start: span.start, end: span.end, page, headings, opensSection: false };
      if (above === null) yield body;
      else yield* withHeadings(text, above, body, sizes);
      above = null;
    }
  }
  if (above !== null) yield above;
}

/**
 * Cuts a text into chunks of about `chunkChars` (default 800) characters at headings, paragraph and sentence borders; none is longer
 * than half as much again, nor than 1,200.
 *
 * Spans are offsets in UTF-16 code units; they are in order, do not overlap, together hold every character that is not white space, and
 * never part a grapheme cluster that is itself within the bound. A heading stays with what follows it, a chunk on its page.
 * @param options.contentType the document's type, `text/plain` by default: it says what the text is built of.
 * @param options.chunkChars 200–1,200.
 * Source: recursive splitting, measured against fixed windows on judged collections.
 */
export function chunk(text: string, options: { contentType?: string; chunkChars?: number } = {}): Chunk[] {
  const sizes = sizesOf(options.chunkChars ?? CHUNK_TARGET_CHARS);
  const structure = STRUCTURES[options.contentType ?? 'text/plain'] ?? 'prose';
  const chunks: Chunk[] = [];
  for (const { start, end, headings, page, opensSection } of sections(text, structure, sizes)) {
    const open = chunks.at(-1);
    const fits = open !== undefined && end - open.start <= sizes.target && (open.page ?? 1) === page;
    if (fits && !(opensSection && open.end - open.start >= sizes.target / 2)) open.end = end;
    else chunks.push({ start, end, headings, ...(structure === 'pages' && { page }) });
  }
  return chunks;
}
