import type { SparseVector } from '../retrieval/sparse.ts';
import { CANDIDATES_PER_LIST } from '../limits.ts';
import type { Filter } from '../http/fields.ts';
import type { Collection } from './collections.ts';
import { aliasOf, documentPointId } from './names.ts';
import { ofKind, toQdrantFilter, type ChunkRecord, type DocumentRecord, type QdrantFilter } from './payload.ts';
import { inCollection, type Store } from './store.ts';

/** A chunk that one of the lists found, by id and score only; its text is fetched once it is chosen. */
export type Candidate = { id: string; score: number; documentId: string; version: string };
export type Lists = {
  dense: Candidate[];
  /** Null when nothing was asked by words: it is another thing than having found nothing. */
  sparse: Candidate[] | null;
  /** The best score of each probe; null where it found nothing. */
  probes: (number | null)[];
  /** About how many passages the filter leaves; null when there was none, or nothing was probed. */
  left: number | null;
};
export type CandidateQuery = {
  dense: number[] | null;
  sparse: SparseVector | null;
  filter: Filter | undefined;
  probes: readonly Probe[];
};
/** A search of which only the best score is wanted; one that is not `filtered` goes over the whole collection. */
export type Probe = { query: SparseVector; filtered: boolean };
/** A chunk that readers may see now. */
export type Passage = Omit<ChunkRecord, 'kind' | 'labels' | 'numbers' | 'version'> & { chunkId: string };

type Scored = { id: string | number; score: number; payload?: Record<string, unknown> | null };

function candidateOf(point: Scored): Candidate {
  const payload = point.payload as Pick<ChunkRecord, 'documentId' | 'version'>;
  return { id: String(point.id), score: point.score, documentId: payload.documentId, version: payload.version };
}

async function countLeft(store: Store, collection_name: string, filter: QdrantFilter): Promise<number> {
  // A filter of its own inside: beside its `should` the kind would be one more alternative.
  const chunks = { must: [ofKind('chunk'), filter] };
  const { count } = await store.read((api, init) => api.countPoints({ collection_name, filter: chunks, exact: false }, init));
  return count;
}

/**
 * Asks both lists and all probes in one round trip (`/points/query/batch`), to a depth that does not depend on how many hits are wanted.
 *
 * A query that is null is not asked, and an empty one finds nothing. @throws Failure `collection_not_found`.
 */
export async function findCandidates(store: Store, collection: Collection, query: CandidateQuery): Promise<Lists> {
  const filter = toQdrantFilter(query.filter, collection.numberKeys);
  const common = { ...(filter && { filter }), limit: CANDIDATES_PER_LIST, with_payload: ['documentId', 'version'] };
  const sparse = query.sparse !== null && query.sparse.indices.length > 0 ? query.sparse : null;
  const searches = [
    ...(query.dense === null ? [] : [{ ...common, query: query.dense, using: 'dense' }]),
    ...(sparse === null ? [] : [{ ...common, query: sparse, using: 'lexical' }]),
    ...query.probes.map((probe) => ({ ...(probe.filtered && filter && { filter }), limit: 1, query: probe.query, using: 'lexical' })),
  ];
  const nothing = query.sparse === null ? null : [];
  if (searches.length === 0) return { dense: [], sparse: nothing, probes: [], left: null };
  const collection_name = aliasOf(store.tenant, collection.name);
  const [lists, left] = await inCollection(collection.name, () =>
    Promise.all([
      store.read((api, init) => api.queryBatchPoints({ collection_name, searches }, init)),
      filter === undefined || query.probes.length === 0 ? null : countLeft(store, collection_name, filter),
    ]),
  );
  const answers = lists.map(({ points }) => points);
  return {
    dense: query.dense === null ? [] : answers.shift()!.map(candidateOf),
    sparse: sparse === null ? nothing : answers.shift()!.map(candidateOf),
    probes: answers.map(([best]) => best?.score ?? null),
    left,
  };
}

/**
 * Fetches the texts of candidates together with their documents' records, and keeps those of the current versions.
 *
 * `moved` says that a document got another version since the candidates were found: the search should be made again, or its new
 * chunks would be missed.
 */
export async function resolvePassages(
  store: Store,
  collection: Collection,
  candidates: readonly Candidate[],
): Promise<{ passages: Map<string, Passage>; moved: boolean }> {
  if (candidates.length === 0) return { passages: new Map(), moved: false };
  const recordIds = new Map(candidates.map(({ documentId }) => [documentId, documentPointId(collection.name, documentId)]));
  const ids = [...candidates.map(({ id }) => id), ...recordIds.values()];
  const points = await inCollection(collection.name, () =>
    store.read((api, init) =>
      api.getPoints(
        {
          collection_name: aliasOf(store.tenant, collection.name),
          ids,
          with_payload: ['documentId', 'version', 'text', 'start', 'end', 'headings', 'title', 'url', 'metadata'],
          with_vector: false,
        },
        init,
      ),
    ),
  );
  const found = new Map(points.map((point) => [String(point.id), point.payload as unknown]));
  const current = (documentId: string) => (found.get(recordIds.get(documentId)!) as DocumentRecord | undefined)?.version;
  const passages = new Map<string, Passage>();
  let moved = false;
  for (const { id, documentId, version } of candidates) {
    const now = current(documentId);
    const chunk = found.get(id) as ChunkRecord | undefined;
    if (now !== undefined && now !== version) moved = true;
    if (now !== version || chunk === undefined) continue;
    const { text, start, end, headings, title, url, metadata } = chunk;
    passages.set(id, { chunkId: id, documentId, text, start, end, headings, title, url, metadata });
  }
  return { passages, moved };
}
