import { sentences } from '../_kernel/retrieval/sentences.ts';
import { support } from '../_kernel/retrieval/support.ts';
import type { Hit } from '../_kernel/http/fields.ts';
import type { Citation } from './contract.ts';

/** A piece of an answer on its way to the reader. */
export type Piece = { kind: 'text'; text: string } | { kind: 'citation'; citation: Citation };

export type Answer = {
  /** Takes the next text of the writer and gives what can be shown of it. */
  push(text: string): Piece[];
  /** Gives what was held back; to be called once, at the end. */
  end(): Piece[];
  text(): string;
  citations(): Citation[];
  /** Statements that no citation covers. */
  unsupported(): string[];
};

const MARKER = /\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]/;
/** What may still become a marker, with the white space before it: held back until the next text decides. */
const UNDECIDED = /\s*(?:\[[\d\s,]{0,40})?$/;
const SAYS_SOMETHING = /[\p{L}\p{N}]/u;

/** The citation of a place in a hit; its quote is a slice of the document, because the hit is one. */
export function cite(hit: Hit, marker: number, place: { start: number; end: number }): Citation {
  const { chunkId, documentId, title, url } = hit;
  const start = hit.span.start + place.start;
  return {
    marker,
    chunkId,
    documentId,
    title,
    url,
    quote: hit.text.slice(place.start, place.end),
    start,
    end: start + place.end - place.start,
  };
}

/**
 * Reads a writer's answer as it comes and turns its passage numbers into citations.
 *
 * A number becomes a citation when the passage supports the statement before it; each different quote gets the next marker. Numbers
 * of passages that do not exist or do not support the statement are left out. Markers may come in pieces.
 */
export function readAnswer(passages: readonly Hit[]): Answer {
  let waiting = '';
  let shown = '';
  let statement = ''; // since the last marker
  let lastClaim = '';
  const citations: Citation[] = [];
  const unsupported: string[] = [];

  const show = (text: string): Piece[] => {
    if (text === '') return [];
    shown += text;
    return [{ kind: 'text', text }];
  };

  /** The statement a marker stands for is the last sentence before it; the ones before that stand alone. */
  const claim = (): { text: string; before: string[] } => {
    const parts = sentences(statement)
      .map(({ start, end }) => statement.slice(start, end))
      .filter((part) => SAYS_SOMETHING.test(part));
    return { text: parts.at(-1) ?? lastClaim, before: parts.slice(0, -1) };
  };

  const resolve = (numbers: number[], space: string): Piece[] => {
    const { text, before } = claim();
    const found: Piece[] = [];
    const markers: number[] = [];
    for (const number of numbers) {
      const hit = passages[number - 1];
      const place = hit === undefined ? null : support(text, hit.text);
      if (hit === undefined || place === null) continue;
      const next = cite(hit, citations.length + 1, place);
      const known = citations.find((one) => one.chunkId === next.chunkId && one.start === next.start && one.end === next.end);
      if (known === undefined) {
        citations.push(next);
        found.push({ kind: 'citation', citation: next });
      }
      markers.push((known ?? next).marker);
    }
    if (markers.length > 0) unsupported.push(...before);
    // A marker that is left out leaves its statement open: the next one may still support it.
    if (markers.length === 0) return [];
    lastClaim = text;
    statement = '';
    return [...show(space + [...new Set(markers)].map((marker) => `[${marker}]`).join('')), ...found];
  };

  const take = (ready: string): Piece[] => {
    const pieces: Piece[] = [];
    let rest = ready;
    for (let marker = MARKER.exec(rest); marker !== null; marker = MARKER.exec(rest)) {
      const before = rest.slice(0, marker.index);
      const words = before.trimEnd();
      statement += words;
      pieces.push(...show(words), ...resolve(marker[1]!.split(',').map(Number), before.slice(words.length)));
      rest = rest.slice(marker.index + marker[0].length);
    }
    statement += rest;
    return [...pieces, ...show(rest)];
  };

  return {
    push(text) {
      waiting += text;
      const cut = UNDECIDED.exec(waiting)!.index;
      const ready = waiting.slice(0, cut);
      waiting = waiting.slice(cut);
      return take(ready);
    },
    end() {
      const pieces = take(waiting.trimEnd());
      waiting = '';
      unsupported.push(
        ...sentences(statement)
          .map(({ start, end }) => statement.slice(start, end).trim())
          .filter((part) => SAYS_SOMETHING.test(part)),
      );
      return pieces;
    },
    text: () => shown.trim(),
    citations: () => citations,
    unsupported: () => unsupported,
  };
}
