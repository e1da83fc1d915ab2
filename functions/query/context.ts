import type { Hit } from '../_kernel/http/fields.ts';
import type { MatchPorts } from '../_kernel/retrieval/match.ts';
import type { Citation } from './contract.ts';

/** A hit's share of a passage: `hit.text.slice(from)` stands at `at` in the passage's text. */
export type Part = { hit: Hit; from: number; at: number };

/** Neighbouring hits of one document as one text. */
export type Passage = {
  documentId: string;
  title: string | null;
  url: string | null;
  /** The titles above it, outermost first: context for a reader, no part of `text` and never quoted. */
  headings: readonly string[];
  text: string;
  /** The best of its hits' fused scores. */
  score: number;
  parts: readonly Part[];
};

/** Chunks leave out only the white space between them; more than this between two hits is text that was not found. */
const GAP_MAX_CHARS = 8;

/** What stands for the white space between two neighbours; it is not fetched, and no quote crosses it. */
const joint = (gap: number): string => (gap <= 0 ? '' : gap === 1 ? ' ' : '\n\n');

function merge(run: readonly Hit[], headingsOf: ReadonlyMap<string, readonly string[]>): Passage {
  const [first] = run;
  const { documentId, title, url, chunkId } = first!;
  const parts: Part[] = [];
  let text = '';
  let end = first!.span.start;
  for (const hit of run) {
    if (hit.span.end <= end) continue;
    const from = Math.max(0, end - hit.span.start);
    if (parts.length > 0) text += joint(hit.span.start - end);
    parts.push({ hit, from, at: text.length });
    text += hit.text.slice(from);
    end = hit.span.end;
  }
  const score = Math.max(...run.map(({ scores }) => scores.fused));
  return { documentId, title, url, headings: headingsOf.get(chunkId) ?? [], text, score, parts };
}

/**
 * Joins hits that stand side by side in a document, or overlap, to passages; the passage of the best hit comes first.
 *
 * @param headings the titles above each hit, by its chunk's id.
 */
export function inContext(hits: readonly Hit[], headings: ReadonlyMap<string, readonly string[]>): Passage[] {
  const rank = new Map(hits.map((hit, at) => [hit, at]));
  const documents = Map.groupBy(hits, ({ documentId }) => documentId);
  const runs: Hit[][] = [];
  for (const own of documents.values()) {
    let end = Number.NEGATIVE_INFINITY;
    for (const hit of own.toSorted((a, b) => a.span.start - b.span.start || b.span.end - a.span.end)) {
      if (hit.span.start - end <= GAP_MAX_CHARS) runs.at(-1)!.push(hit);
      else runs.push([hit]);
      end = Math.max(end, hit.span.end);
    }
  }
  const best = (run: readonly Hit[]): number => Math.min(...run.map((hit) => rank.get(hit)!));
  return runs.toSorted((a, b) => best(a) - best(b)).map((run) => merge(run, headings));
}

/**
 * The citations of a place in a passage, numbered from `marker`: one for each chunk it touches, each an exact slice of its document,
 * because the hits are slices.
 */
export function cite({ parts }: Passage, marker: number, place: { start: number; end: number }): Citation[] {
  const citations: Citation[] = [];
  for (const { hit, from, at } of parts) {
    const start = Math.max(place.start, at) - at + from;
    const end = Math.min(place.end - at + from, hit.text.length);
    const quote = hit.text.slice(start, end);
    if (start >= end || quote.trim() === '') continue;
    const { chunkId, documentId, title, url, span } = hit;
    const begin = span.start + start;
    citations.push({ marker: marker + citations.length, chunkId, documentId, title, url, quote, start: begin, end: begin + quote.length });
  }
  return citations;
}

/** Keeps the titles above each passage that a search looks at, by its chunk's id: hits do not carry them. */
export function notingHeadings(ports: MatchPorts): { ports: MatchPorts; headings: ReadonlyMap<string, readonly string[]> } {
  const headings = new Map<string, readonly string[]>();
  const resolve: MatchPorts['resolve'] = async (candidates) => {
    const found = await ports.resolve(candidates);
    for (const [id, passage] of found.passages) headings.set(id, passage.headings);
    return found;
  };
  return { ports: { ...ports, resolve }, headings };
}
