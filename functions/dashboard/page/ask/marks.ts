/** A piece of an answer: text, which no source supports or which one may, or the number of a citation. */
export type Segment = { kind: 'text'; text: string; unsupported: boolean } | { kind: 'mark'; marker: number };

/** Letters of a text without white space, each with its place: statements are compared by these, for markers leave gaps behind. */
function letters(parts: readonly Segment[]): { flat: string; places: [part: number, at: number][] } {
  let flat = '';
  const places: [number, number][] = [];
  for (const [part, one] of parts.entries()) {
    if (one.kind === 'mark') continue;
    for (let at = 0; at < one.text.length; at++) {
      if (/\s/.test(one.text[at]!)) continue;
      flat += one.text[at];
      places.push([part, at]);
    }
  }
  return { flat, places };
}

/**
 * Cuts an answer at the markers of its citations, and marks the statements that nothing supports.
 *
 * A number in brackets that is no citation stays text. @param unsupported statements without markers, in the answer's order.
 */
export function segmentsOf(answer: string, markers: ReadonlySet<number>, unsupported: readonly string[]): Segment[] {
  const parts: Segment[] = [];
  let from = 0;
  for (const found of answer.matchAll(/\[(\d+)\]/g)) {
    const marker = Number(found[1]);
    if (!markers.has(marker)) continue;
    if (found.index > from) parts.push({ kind: 'text', text: answer.slice(from, found.index), unsupported: false });
    parts.push({ kind: 'mark', marker });
    from = found.index + found[0].length;
  }
  if (from < answer.length) parts.push({ kind: 'text', text: answer.slice(from), unsupported: false });
  const { flat, places } = letters(parts);
  const struck = new Map<number, [from: number, to: number][]>();
  let after = 0;
  for (const statement of unsupported) {
    const wanted = statement.replace(/\s/g, '');
    const at = wanted === '' ? -1 : flat.indexOf(wanted, after);
    if (at < 0) continue;
    after = at + wanted.length;
    // A statement may go on behind a marker: each part of it is marked for itself.
    for (let i = at; i < after;) {
      const [part, start] = places[i]!;
      let last = i;
      while (last + 1 < after && places[last + 1]![0] === part) last++;
      struck.set(part, [...(struck.get(part) ?? []), [start, places[last]![1] + 1]]);
      i = last + 1;
    }
  }
  return parts.flatMap((part, i) => (part.kind === 'text' ? cut(part.text, struck.get(i) ?? []) : [part]));
}

function cut(text: string, ranges: readonly [number, number][]): Segment[] {
  const pieces: Segment[] = [];
  let from = 0;
  for (const [start, end] of ranges) {
    if (start > from) pieces.push({ kind: 'text', text: text.slice(from, start), unsupported: false });
    pieces.push({ kind: 'text', text: text.slice(start, end), unsupported: true });
    from = end;
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from), unsupported: false });
  return pieces;
}

/** The sentences of a text, as far as it goes; its end may be in the middle of one. */
export function sentencesOf(text: string): string[] {
  return [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)].map(({ segment }) => segment.trim()).filter(Boolean);
}
