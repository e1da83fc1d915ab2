import type { Candidate, CandidateQuery, Lists, Passage } from '../corpus/candidates.ts';
import type { Degraded, Filter, Hit, SearchMode } from '../http/fields.ts';
import { diversify } from './diversify.ts';
import { fuse, type Fused } from './fuse.ts';
import { hasEvidence, type EvidenceLevels } from './gate.ts';
import { gauge, type Reading } from './gauge.ts';
import { detectLanguage, type Language } from './languages.ts';
import { DUPLICATE_AT, likeness } from './likeness.ts';
import { queryVector } from './sparse.ts';
import { respell } from './spelling.ts';

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
  /** Whether it is to be said if the passages speak of the question at all, which costs a small search for each of its words. */
  evidence?: boolean | undefined;
};

/** What matching needs of the world, handed in by the operation. */
export type MatchPorts = {
  /** The question's dense vector; null when the embedder cannot be had. */
  embed(text: string): Promise<number[] | null>;
  /** What the collection says of itself; `denseWeight` is that of its dense list in the fused score, 0–1, by its model. */
  known(): Promise<{ language: Language; levels: EvidenceLevels; denseWeight: number }>;
  find(query: CandidateQuery): Promise<Lists>;
  resolve(candidates: readonly Candidate[]): Promise<{ passages: Map<string, Passage>; moved: boolean }>;
  /** Milliseconds from any fixed point. */
  clock(): number;
};

/** `evidence` is null when it was not asked for. */
export type Matched = { hits: Hit[]; evidence: boolean | null; degraded: Degraded[]; timings: { embedMs: number; searchMs: number } };

const round = (ms: number) => Math.round(ms * 10) / 10;

function hitOf(passage: Passage, { dense, sparse, fused }: Fused): Hit {
  const { chunkId, documentId, title, url, text, start, end, metadata } = passage;
  return { chunkId, documentId, title, url, text, span: { start, end }, scores: { dense, sparse, fused }, metadata };
}

type Chosen = {
  hits: Hit[];
  /** The texts that come first, always as many whatever the limit. */
  nearest: string[];
  moved: boolean;
};

/** Chooses hits from the fused list, fetching passages page by page until there are enough. */
async function choose(ports: MatchPorts, request: MatchRequest, lists: Lists, denseWeight: number): Promise<Chosen> {
  const found = new Map([...lists.dense, ...(lists.sparse ?? [])].map((candidate) => [candidate.id, candidate]));
  const threshold = request.scoreThreshold ?? Number.NEGATIVE_INFINITY;
  const fused = fuse(lists, denseWeight).filter((one) => one.fused >= threshold);
  // With MMR any candidate may come next; without it the order is the fused one and a page is enough.
  const pageSize = request.diversity > 0 ? Math.max(1, fused.length) : request.limit + SPARE_PASSAGES;
  type Resolved = { id: string; documentId: string; relevance: number; hit: Hit };
  const similarity = likeness();
  let resolved: Resolved[] = [];
  const versions = new Map<string, string>();
  let moved = false;
  let chosen: Resolved[] = [];
  let nearest: string[] | null = null;
  for (let at = 0; at < fused.length && chosen.length < request.limit; at += pageSize) {
    const page = fused.slice(at, at + pageSize);
    const answer = await ports.resolve(page.map(({ id }) => found.get(id)!));
    moved ||= answer.moved;
    nearest ??= page.slice(0, 1 + SPARE_PASSAGES).flatMap(({ id }) => {
      const passage = answer.passages.get(id);
      return passage === undefined ? [] : [`${passage.title ?? ''}\n${passage.text}`];
    });
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
      similarity,
    });
  }
  return { hits: chosen.map(({ hit }) => hit), nearest: nearest ?? [], moved };
}

type Heard = {
  request: MatchRequest;
  language: Language;
  levels: EvidenceLevels;
  denseWeight: number;
  reading: Reading;
  lists: Lists;
  nearest: string[];
};

/** Whether there is evidence for the question. Before it is denied, words that no passage has are taken for slips of ones that stand near. */
async function speaks(ports: MatchPorts, { request, language, levels, denseWeight, reading, lists, nearest }: Heard): Promise<boolean> {
  const dense = lists.dense.reduce<number | null>((best, { score }) => Math.max(best ?? score, score), null);
  // Of few passages one holds less by chance than of many, also when they are few by a filter.
  const among = { ...levels, passages: Math.min(levels.passages, lists.left ?? Infinity) };
  const isHeard = ({ terms, words }: Reading) => hasEvidence({ terms, words, dense }, among, denseWeight);
  if (isHeard(reading)) return true;
  const respelt = respell(request.text, reading.unknown, nearest, language);
  if (respelt === null) return false;
  const { probes, read } = gauge(respelt, language, levels.passages);
  return isHeard(read((await ports.find({ dense: null, sparse: null, filter: request.filter, probes })).probes));
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
  const { language: usual, levels, denseWeight } = await ports.known();
  const language = detectLanguage(request.text, usual);
  const sparse = request.mode === 'dense' && !withoutEmbedder ? null : queryVector(request.text, language);
  const asked = request.evidence === true ? gauge(request.text, language, levels.passages) : null;
  const query = { dense, sparse, filter: request.filter, probes: asked?.probes ?? [] };
  let lists: Lists = { dense: [], sparse: null, probes: [], left: null };
  let outcome: Chosen = { hits: [], nearest: [], moved: true };
  for (let attempt = 0; attempt < ATTEMPTS && outcome.moved; attempt++) {
    lists = await ports.find(query);
    outcome = await choose(ports, request, lists, denseWeight);
  }
  const reading = asked?.read(lists.probes) ?? null;
  return {
    hits: outcome.hits,
    evidence: reading && (await speaks(ports, { request, language, levels, denseWeight, reading, lists, nearest: outcome.nearest })),
    degraded: withoutEmbedder ? ['embedding_unavailable:sparse_only'] : [],
    timings: { embedMs: round(embedded - started), searchMs: round(ports.clock() - embedded) },
  };
}
