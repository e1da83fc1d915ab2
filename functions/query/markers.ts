/** What stands at a place: a marker, something else, or what only the next text can tell. */
export type Found = { kind: 'marker'; length: number; numbers: number[] } | { kind: 'none' } | { kind: 'open' };

/** The longest that a marker can be: a label and a dozen numbers. */
const MARKER_MAX_CHARS = 64;
/** A range over more passages than are ever sent cites nothing. */
const RANGE_MAX = 20;

const CLOSERS: Record<string, string> = { '[': ']', '【': '】', '［': '］', '(': ')', '（': '）' };
const ENDS_SEARCH = /[\n[【［(（<`]/;
const LABELS = ['passages', 'sources', 'documents', 'docs', 'citations', 'references', 'refs', 'ids'];
const LABEL = '(?:passages?|sources?|documents?|docs?|citations?|references?|refs?|ids?)\\s*[=:#.]?\\s*';
const NUMBER = '["\']?\\d{1,4}(?:\\s*[-–—]\\s*\\d{1,4})?["\']?(?:†.{0,40})?';
const AND = '\\s*(?:[,;&、]|and|und|et)\\s*';
const BRACKETED = new RegExp(`^\\s*(?:\\^|${LABEL})?${NUMBER}(?:${AND}(?:\\^|${LABEL})?${NUMBER})*\\s*$`, 'iu');
const ROUND = new RegExp(`^\\s*passages?\\s*${NUMBER}(?:${AND}(?:passages?\\s*)?${NUMBER})*\\s*$`, 'iu');

/** Full-width digits are digits, and what joins letters does not make another marker. */
const plain = (inner: string): string => inner.normalize('NFKC').replace(/[\u200c\u200d]/g, '');

/** Whether what stands after an opening bracket may still become a marker. */
function possible(inner: string, round: boolean): boolean {
  const [, letters = '', next = ''] = /^[\s^]*(\p{L}*)(.?)/u.exec(inner) ?? [];
  if (letters === '') return next === '' || (!round && /["'\d]/.test(next));
  return (round ? ['passages'] : LABELS).some((label) => label.startsWith(letters.toLowerCase()));
}

function numbersOf(inner: string): number[] {
  return [...inner.replace(/†[^,;]*/gu, '').matchAll(/(\d+)(?:\s*[-–—]\s*(\d+))?/g)].flatMap(([, first, last]) => {
    const from = Number(first);
    const to = last === undefined ? from : Number(last);
    return to < from || to - from >= RANGE_MAX ? [] : Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

/**
 * Looks for a passage number at a place, in the forms that models write: `[1]`, `[1, 2]`, `[1-3]`, `[^1]`, `【1】`, `【1†source】`,
 * `[Passage 1]`, `[id=1]`, `(passage 1)`.
 *
 * `(1)` alone is none: it numbers lists and holds years as well. @param final no more text will come.
 */
export function markerAt(text: string, at: number, final: boolean): Found {
  const opener = text[at] ?? '';
  const closer = CLOSERS[opener];
  if (closer === undefined) return { kind: 'none' };
  const round = opener === '(' || opener === '（';
  for (let end = at + 1; end <= at + MARKER_MAX_CHARS; end++) {
    const character = text[end];
    if (character === undefined) {
      return !final && possible(plain(text.slice(at + 1, end)), round) ? { kind: 'open' } : { kind: 'none' };
    }
    if (character === closer) {
      const inner = plain(text.slice(at + 1, end));
      if (!(round ? ROUND : BRACKETED).test(inner)) return { kind: 'none' };
      return { kind: 'marker', length: end + 1 - at, numbers: numbersOf(inner) };
    }
    if (ENDS_SEARCH.test(character)) return { kind: 'none' };
  }
  return { kind: 'none' };
}
