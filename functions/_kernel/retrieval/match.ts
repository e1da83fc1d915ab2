import type { Candidate, Lists, Passage } from '../corpus/candidates.ts';
import type { Degraded, Filter, Hit, SearchMode } from '../http/fields.ts';
import { diversify } from './diversify.ts';
import { fuse, type Fused } from './fuse.ts';
import { resemblance, shingles } from './shingles.ts';
import { queryVector, type SparseVector } from './sparse.ts';

/** Two passages of which nine tenths are the same say the same. */
const DUPLICATE_AT = 0.9;
/** Fetched beyond what is wanted, in place of candidates that turn out to be near-duplicates or replaced. */
const SPARE_PASSAGES = 8;
/** A search during which a document changes is made again; after so many changes in a row what was found last is the answer. */
const ATTEMPTS = 4;

export type MatchRequest = {
  text: string;
  mode: SearchMode;
  filter?: Filter | undefined;
  limit: number;
  scoreThreshold?: number | undefined;
  diversity: number;
  maxPerDocument?: number | undefined;
};

/** What matching needs of the world, handed in by the operation. */
export type MatchPorts = {
  /** The question's dense vector; null when the embedder cannot be had. */
  embed(text: string): Promise<number[] | null>;
  find(query: { dense: number[] | null; sparse: SparseVector | null; filter: Filter | undefined }): Promise<Lists>;
  resolve(candidates: readonly Candidate[]): Promise<{ passages: Map<string, Passage>; moved: boolean }>;
  /** Weight of the dense list in the fused score, 0–1. */
  denseWeight: number;
  /** Milliseconds from any fixed point. */
  clock(): number;
};

export type Matched = { hits: Hit[]; degraded: Degraded[]; timings: { embedMs: number; searchMs: number } };

const round = (ms: number) => Math.round(ms * 10) / 10;

function hitOf(passage: Passage, { dense, sparse, fused }: Fused): Hit {
  const { chunkId, documentId, title, url, text, start, end, metadata } = passage;
  return { chunkId, documentId, title, url, text, span: { start, end }, scores: { dense, sparse, fused }, metadata };
}

/** Chooses hits from the fused list, fetching passages page by page until there are enough. */
async function choose(ports: MatchPorts, request: MatchRequest, lists: Lists): Promise<{ hits: Hit[]; moved: boolean }> {
  const found = new Map([...lists.dense, ...lists.sparse].map((candidate) => [candidate.id, candidate]));
  const threshold = request.scoreThreshold ?? Number.NEGATIVE_INFINITY;
  const fused = fuse(lists, ports.denseWeight).filter((one) => one.fused > threshold);
  // With MMR any candidate may come next; without it the order is the fused one and a page is enough.
  const pageSize = request.diversity > 0 ? Math.max(1, fused.length) : request.limit + SPARE_PASSAGES;
  type Resolved = { id: string; documentId: string; relevance: number; hit: Hit };
  const cut = new Map<string, Set<string>>();
  const wordsOf = ({ chunkId, text }: Hit): Set<string> => {
    const words = cut.get(chunkId) ?? shingles(text);
    cut.set(chunkId, words);
    return words;
  };
  let resolved: Resolved[] = [];
  const versions = new Map<string, string>();
  let moved = false;
  let chosen: Resolved[] = [];
  for (let at = 0; at < fused.length && chosen.length < request.limit; at += pageSize) {
    const page = fused.slice(at, at + pageSize);
    const answer = await ports.resolve(page.map(({ id }) => found.get(id)!));
    moved ||= answer.moved;
    for (const one of page) {
      const passage = answer.passages.get(one.id);
      if (passage === undefined) continue;
      // A document that changed between two pages: its passages of the page before are of a version that is gone.
      const version = found.get(one.id)!.version;
      if (versions.has(passage.documentId) && versions.get(passage.documentId) !== version) {
        moved = true;
        resolved = resolved.filter((before) => before.documentId !== passage.documentId);
      }
      versions.set(passage.documentId, version);
      resolved.push({
        id: one.id,
        documentId: passage.documentId,
        relevance: one.fused,
        hit: hitOf(passage, one),
      });
    }
    chosen = diversify(resolved, request.limit, {
      diversity: request.diversity,
      ...(request.maxPerDocument !== undefined && { maxPerDocument: request.maxPerDocument }),
      duplicateAt: DUPLICATE_AT,
      similarity: (a, b, atLeast) => resemblance(wordsOf(a.hit), wordsOf(b.hit), atLeast),
    });
  }
  return { hits: chosen.map(({ hit }) => hit), moved };
}

/**
 * Finds the passages that match a question: dense and sparse candidates in one round trip, min-max fusion, near-duplicates
 * collapsed, MMR and a cap per document where asked.
 *
 * The first k hits of a longer list are the shorter list. Without an embedder it goes by words alone and says so in `degraded`.
 */
export async function match(ports: MatchPorts, request: MatchRequest): Promise<Matched> {
  const started = ports.clock();
  const dense = request.mode === 'sparse' ? null : await ports.embed(request.text);
  const embedded = ports.clock();
  const withoutEmbedder = dense === null && request.mode !== 'sparse';
  const sparse = request.mode === 'dense' && !withoutEmbedder ? null : queryVector(request.text);
  let outcome: { hits: Hit[]; moved: boolean } = { hits: [], moved: true };
  for (let attempt = 0; attempt < ATTEMPTS && outcome.moved; attempt++) {
    outcome = await choose(ports, request, await ports.find({ dense, sparse, filter: request.filter }));
  }
  return {
    hits: outcome.hits,
    degraded: withoutEmbedder ? ['embedding_unavailable:sparse_only'] : [],
    timings: { embedMs: round(embedded - started), searchMs: round(ports.clock() - embedded) },
  };
}
