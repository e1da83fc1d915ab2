import { markerAt } from './markers.ts';
import { visible } from '../_kernel/retrieval/visible.ts';

/** A part of a writer's text: words, a fenced block of code as it is, or numbers of passages with the white space before them. */
export type Token = { kind: 'text'; text: string } | { kind: 'code'; text: string } | { kind: 'marker'; numbers: number[]; space: string };

export type Markup = {
  push(text: string): Token[];
  /** Gives what was held back; to be called once, at the end. */
  end(): Token[];
};

/** Longer code between backticks is shown as it comes, with its markers read. */
const INLINE_CODE_MAX_CHARS = 200;
/** Browsers and proxies stop near this; a longer address is taken out. */
const ADDRESS_MAX_CHARS = 2_048;
/** What stands in place of an address that was taken out. */
const TAKEN_OUT = '…';

const ADDRESS = /^(?:(?:https?|ftp|wss?):\/\/|www\.)/i;
const MAYBE_ADDRESS = /^(?:h|ht|htt|https?:?\/?|http:?\/?|f|ft|ftp:?\/?|w|ww|www|wss?:?\/?)$/i;
const IN_ADDRESS = /^[^\s<>"'`)\]}\u3000-\u303f\uff00-\uff5e]*/;
/** No other scheme, also when an entity or a backslash hides it. */
const SAFE_TARGET = /^(?:(?:https?:\/\/|mailto:)[^\\]*|[^:\\&]*)$/i;
/** Longer runs of marks are no fence and no code. */
const BACKTICKS = /^`{1,200}/;
/** Tags that load or run something, and any tag that may carry an attribute. */
const TAG =
  /^<(?:[!?]|\/?(?:script|style|img|image|svg|math|iframe|frame|object|embed|link|meta|base|form|input|button|audio|video|source|track|body|html)(?![a-z\d-])|[a-z][a-z\d-]{0,30}[\s/])/i;
const MAYBE_TAG = /^<\/?[a-z\d-]{0,31}$/i;

type Step = { token?: Token; length: number } | 'more';
const text = (shown: string, length = shown.length): Step => ({ token: { kind: 'text', text: shown }, length });

/**
 * Reads an answer as it comes: finds passage numbers outside of code, and takes the teeth out of what a page would load by itself.
 *
 * An image becomes a link, an address stays only where `isKnown` knows it, a tag that loads or runs something is shown as text, and
 * invisible characters go. How the text was cut into pieces makes no difference.
 * Source: OWASP Top 10 for LLM Applications 2025, LLM05; fences and code spans as in CommonMark 4.5 and 6.1.
 */
export function readMarkup(isKnown: (address: string) => boolean): Markup {
  let rest = '';
  let half = ''; // the first half of a surrogate pair
  let lineStart = true;
  let inWord = false;
  let afterMarker = false;
  let fence: string | null = null;
  let dropping = false;

  const inFence = (final: boolean): Step => {
    const newline = rest.indexOf('\n');
    const line = newline < 0 ? rest : rest.slice(0, newline);
    if (lineStart && newline < 0 && !final && /^ {0,3}(?:`*|~*)[ \t]*$/.test(line) && line.length < INLINE_CODE_MAX_CHARS) return 'more';
    const mark = lineStart && line.length < INLINE_CODE_MAX_CHARS ? /^ {0,3}(`{3,}|~{3,})[ \t]*\r?$/.exec(line)?.[1] : undefined;
    if (mark !== undefined && mark.startsWith(fence!)) fence = null;
    const length = newline < 0 ? rest.length : newline + 1;
    return { token: { kind: 'code', text: rest.slice(0, length) }, length };
  };

  const fenceOpens = (final: boolean): Step | null => {
    if (!final && /^ {0,3}(?:`{1,2}|~{1,2})$/.test(rest)) return 'more';
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(rest)?.[1];
    if (mark === undefined) return null;
    const newline = rest.indexOf('\n');
    if (newline < 0 && !final && rest.length < INLINE_CODE_MAX_CHARS) return 'more';
    const line = rest.slice(0, newline < 0 || newline > INLINE_CODE_MAX_CHARS ? INLINE_CODE_MAX_CHARS : newline + 1);
    if (mark.startsWith('`') && line.replace(/^ *`+/, '').includes('`')) return null;
    fence = mark;
    return { token: { kind: 'code', text: line }, length: line.length };
  };

  const codeSpan = (final: boolean): Step => {
    const [run] = BACKTICKS.exec(rest)!;
    if (run.length === rest.length && !final && run.length < INLINE_CODE_MAX_CHARS) return 'more';
    const window = rest.slice(0, INLINE_CODE_MAX_CHARS).split('\n', 1)[0]!;
    for (const close of window.slice(run.length).matchAll(/`+/g)) {
      const end = run.length + close.index + close[0].length;
      // A run at the end of what has come may go on.
      if (end === rest.length && !final && end < INLINE_CODE_MAX_CHARS) return 'more';
      if (close[0].length === run.length) return text(rest.slice(0, end));
    }
    return window.length === rest.length && !final && rest.length < INLINE_CODE_MAX_CHARS ? 'more' : text(run);
  };

  /** What stands behind `](`: kept where it is known. */
  const linkTarget = (final: boolean): Step => {
    const [target] = /^[^)\s]*/.exec(rest.slice(2, 2 + ADDRESS_MAX_CHARS))!;
    const end = 2 + target.length;
    dropping = target.length === ADDRESS_MAX_CHARS;
    if (dropping) return text(']', end);
    if (end === rest.length && !final) return 'more';
    const bare = target.replace(/^<|>$/g, '');
    if (SAFE_TARGET.test(bare) && isKnown(bare)) return text(rest.slice(0, end));
    return text(']', rest[end] === ')' ? end + 1 : end);
  };

  const address = (final: boolean): Step | null => {
    if (!final && MAYBE_ADDRESS.test(rest)) return 'more';
    if (!ADDRESS.test(rest)) return null;
    const [whole] = IN_ADDRESS.exec(rest.slice(0, ADDRESS_MAX_CHARS))!;
    dropping = whole.length === ADDRESS_MAX_CHARS;
    if (dropping) return text(TAKEN_OUT, whole.length);
    if (whole.length === rest.length && !final) return 'more';
    const bare = whole.replace(/[.,;:!?*_~]+$/, '');
    if (isKnown(bare)) return text(whole);
    return text(TAKEN_OUT + whole.slice(bare.length), whole.length);
  };

  const step = (final: boolean): Step => {
    if (dropping) {
      const [more] = /^[^)\s]*/.exec(rest)!;
      if (more.length < rest.length) dropping = false;
      return { length: more.length };
    }
    if (fence !== null) return inFence(final);
    if (lineStart) {
      const opens = fenceOpens(final);
      if (opens !== null) return opens;
    }
    const space = /^\s+/.exec(rest)?.[0] ?? '';
    if (space.length === rest.length) return final ? { length: space.length } : 'more';
    const first = rest[space.length]!;
    const marker = markerAt(rest, space.length, final);
    if (marker.kind === 'open') return 'more';
    if (marker.kind === 'marker')
      return { token: { kind: 'marker', numbers: marker.numbers, space }, length: space.length + marker.length };
    if (space !== '') return text(space);
    // Behind a marker a bracket would make it a link.
    if (afterMarker && first === '(') return text(' (', 1);
    if (first === '`') return codeSpan(final);
    if (first === '!' || first === ']') {
      if (rest.length === 1) return final ? text(first) : 'more';
      if (first === ']') return rest[1] === '(' ? linkTarget(final) : text(first);
      const next = rest[1] === '[' ? markerAt(rest, 1, final) : null;
      if (next?.kind === 'open') return 'more';
      return next?.kind === 'none' ? { length: 1 } : text(first);
    }
    if (first === '<') {
      if (!final && MAYBE_TAG.test(rest)) return 'more';
      return TAG.test(rest) ? text('&lt;', 1) : text('<');
    }
    const word = /^[a-z\d]+/i.exec(rest)?.[0];
    if (word !== undefined) return (inWord ? null : address(final)) ?? text(word);
    return text(/^[^\sa-z\d[\]【［(（`!<]+/i.exec(rest)?.[0] ?? first);
  };

  const take = (final: boolean): Token[] => {
    const tokens: Token[] = [];
    while (rest !== '') {
      const next = step(final);
      if (next === 'more') break;
      const consumed = rest.slice(0, next.length);
      rest = rest.slice(next.length);
      if (next.token !== undefined) tokens.push(next.token);
      if (consumed === '') continue;
      lineStart = /(?:^|\n) {0,3}$/.test(consumed) && (consumed.includes('\n') || lineStart);
      inWord = /[a-z\d]$/i.test(consumed);
      afterMarker = next.token?.kind === 'marker';
    }
    return tokens;
  };

  return {
    push(piece) {
      const given = half + piece;
      const cut = /[\ud800-\udbff]$/.test(given) ? given.length - 1 : given.length;
      half = given.slice(cut);
      rest += visible(given.slice(0, cut));
      return take(false);
    },
    end() {
      rest += visible(half);
      half = '';
      return take(true);
    },
  };
}
