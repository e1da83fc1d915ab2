import type { Span } from '../../_kernel/retrieval/sentences.ts';
import { trimmed } from './cut.ts';

/** What a stored text is made of, and so where it may be cut. */
export type Structure = 'markdown' | 'prose' | 'records' | 'pages';

/** A part of a text that belongs together: prose may be cut at sentences, rows at line ends; a heading stands above what follows. */
export type Block = Span & { kind: 'heading' | 'prose' | 'rows'; level: number; page: number };

/** A line without its end; a text of one long line costs one step. */
function* lines(text: string): Generator<Span> {
  const next = { '\n': -1, '\r': -1 };
  const find = (mark: '\n' | '\r', from: number): number => {
    if (next[mark] < from) next[mark] = text.indexOf(mark, from);
    if (next[mark] < 0) next[mark] = Infinity;
    return next[mark];
  };
  for (let start = 0; start < text.length;) {
    const end = Math.min(find('\n', start), find('\r', start), text.length);
    yield { start, end };
    start = end + (text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1);
  }
}

/** Longer lines are no headings, fences or underlines; so no pattern is tried on a line of megabytes. */
const MARK_MAX_CHARS = 1_000;
const NO_PARAGRAPH = /^(?:[-*+>|#]|\d{1,9}[.)]\s)/;

/** The text of a Markdown heading without its marks, as CommonMark 4.2 and 4.3 define them. */
export function headingText(source: string): string {
  const line = source.slice(0, MARK_MAX_CHARS).trim();
  const bare = /^#{1,6}(?:\s|$)/.test(line)
    ? line.replace(/^#+/, '').replace(/(?:^|\s)#+$/, '')
    : line.replace(/[\n\r][ \t]*(?:=+|-+)$/, '');
  return bare.replace(/\s+/g, ' ').trim();
}

/** Where YAML front matter ends, 0 where a text has none: lines between two of `---` at the very start, as site generators read them. */
export function frontMatterEnd(text: string): number {
  return /^---[ \t]*\r?\n(?=\S)[^]{0,20000}?\n(?:---|\.\.\.)(?=[ \t]*(?:[\n\r]|$))/.exec(text.slice(0, 20_100))?.[0].length ?? 0;
}

type Reader = { open: Block | null; apart: boolean; fence: string | null };

/** What a line of Markdown is, given the block before it: CommonMark's leaf blocks, as far as cutting needs them. */
function markdownLine(state: Reader, text: string, line: Span, ink: Span): { kind: Block['kind']; level: number; begins: boolean } {
  const words = text.slice(ink.start, Math.min(ink.end, ink.start + MARK_MAX_CHARS));
  const indent = ink.start - line.start;
  if (line.start === 0 && words === '---' && frontMatterEnd(text) > 0) {
    state.fence = '---';
    return { kind: 'rows', level: 0, begins: true };
  }
  const fence = /^(?:`{3,}(?=[^`]*$)|~{3,})/.exec(words)?.[0] ?? null;
  if (fence !== null) {
    state.fence = fence;
    return { kind: 'rows', level: 0, begins: true };
  }
  const level = indent <= 3 ? (/^(#{1,6})(?:\s|$)/.exec(words)?.[1]?.length ?? 0) : 0;
  if (level > 0) return { kind: 'heading', level, begins: true };
  const { open, apart } = state;
  const short = open !== null && ink.end - open.start < MARK_MAX_CHARS / 2;
  const underline = indent <= 3 && short && !apart && open.kind === 'prose' && /^(?:=+|--+)$/.test(words);
  if (underline && !NO_PARAGRAPH.test(text.slice(open.start, open.start + 12)))
    return { kind: 'heading', level: words.startsWith('=') ? 1 : 2, begins: false };
  return { kind: words.startsWith('|') ? 'rows' : 'prose', level: 0, begins: false };
}

function closes(fence: string, words: string): boolean {
  if (fence === '---') return words === '---' || words === '...';
  return words.startsWith(fence) && words === fence[0]!.repeat(words.length);
}

/**
 * A text's blocks in order, without the white space around them, one at a time: a text of a million lines needs no list of them.
 *
 * In Markdown these are headings, fenced code, front matter, tables and paragraphs; elsewhere what blank lines set apart. In paged text
 * a line with a form feed ends a page.
 */
export function* blocks(text: string, structure: Structure): Generator<Block> {
  const state: Reader = { open: null, apart: true, fence: null };
  let page = 1;
  for (const line of lines(text)) {
    const ink = trimmed(text, line);
    if (structure === 'pages') for (let at = line.start; at < line.end; at++) if (text[at] === '\f') page++;
    if (ink.start >= ink.end) {
      state.apart ||= state.fence === null;
      continue;
    }
    if (state.fence !== null) {
      state.open!.end = ink.end;
      if (ink.end - ink.start > MARK_MAX_CHARS || !closes(state.fence, text.slice(ink.start, ink.end))) continue;
      state.fence = null;
      state.apart = true;
      continue;
    }
    const found =
      structure === 'markdown'
        ? markdownLine(state, text, line, ink)
        : ({ kind: structure === 'records' ? 'rows' : 'prose', level: 0, begins: false } as const);
    if (state.apart || found.begins || state.open === null) {
      if (state.open !== null) yield state.open;
      state.open = { ...ink, kind: found.kind, level: found.level, page };
    } else {
      state.open.end = ink.end;
      if (found.kind === 'heading') Object.assign(state.open, { kind: 'heading', level: found.level });
    }
    state.apart = found.kind === 'heading';
  }
  if (state.open !== null) yield state.open;
}
