/** Whether a place lies between the halves of a surrogate pair (Unicode, section 3.8). */
const splits = (text: string, at: number): boolean =>
  /^[\ud800-\udbff]$/.test(text.charAt(at - 1)) && /^[\udc00-\udfff]$/.test(text.charAt(at));

/**
 * The part of a text from `start` to `end` (UTF-16 code units, within the text), moved so that no character is cut in two: half of one
 * is no text that a strict reader of JSON takes.
 *
 * It begins at the whole of its first character, and ends before a last one that is cut, unless that is its only one.
 */
export function wholeCharacters(text: string, start: number, end: number): [start: number, end: number] {
  const [first, last] = [Math.min(start, text.length), Math.min(end, text.length)];
  const from = splits(text, first) ? first - 1 : first;
  if (!splits(text, last)) return [from, last];
  return [from, last - 1 > from ? last - 1 : last + 1];
}
