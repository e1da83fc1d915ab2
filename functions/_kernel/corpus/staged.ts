import { JOBS_COLLECTION, stagedPointId } from './names.ts';
import type { Metadata } from './payload.ts';
import { setPayloads } from './points.ts';
import type { Language } from '../retrieval/languages.ts';
import type { Store } from './store.ts';

export type StagedFailure = { code: string; detail: string };

/** A document that a job is to index, with its text until it is; afterwards only what became of it. */
export type StagedRecord = {
  kind: 'staged';
  jobId: string;
  tenant: string;
  collection: string;
  ordinal: number;
  documentId: string;
  title: string | null;
  url: string | null;
  contentType: string;
  language: Language | null;
  metadata: Metadata;
  text: string;
  version: string;
  outcome: 'pending' | 'done' | 'unchanged' | 'failed';
  chunks: number;
  chunksDone: number;
  failure: StagedFailure | null;
  updatedAt: string;
};

export type StagedDocument = Pick<
  StagedRecord,
  'documentId' | 'title' | 'url' | 'contentType' | 'language' | 'metadata' | 'text' | 'version' | 'outcome' | 'failure'
>;
export type StagedProgress = Pick<StagedRecord, 'documentId' | 'outcome' | 'chunks' | 'chunksDone' | 'failure' | 'updatedAt'>;
/** A filter's condition that a field has a value. */
export const is = (key: string, value: string) => ({ key, match: { value } });

/** The next documents of a job that wait to be indexed, with their texts, in the order of the request. */
export async function nextPending(store: Store, jobId: string, limit: number): Promise<StagedRecord[]> {
  const filter = { must: [is('kind', 'staged'), is('jobId', jobId), is('outcome', 'pending')] };
  const order_by = { key: 'ordinal', direction: 'asc' as const };
  const { points } = await store.read((api, init) =>
    api.scrollPoints({ collection_name: JOBS_COLLECTION, filter, order_by, limit, with_payload: true, with_vector: false }, init),
  );
  return points.map((point) => point.payload as StagedRecord);
}

/** More documents than one request may carry: one page holds a job. */
const PAGE = 10_000;

/**
 * The ids of a job's waiting documents by the hash of their content: an order that nobody chose, the same however they were sent, so
 * that the first of them are a fair sample.
 */
export async function pendingByHash(store: Store, jobId: string): Promise<string[]> {
  const filter = { must: [is('kind', 'staged'), is('jobId', jobId), is('outcome', 'pending')] };
  const { points } = await store.read((api, init) =>
    api.scrollPoints({ collection_name: JOBS_COLLECTION, filter, limit: PAGE, with_payload: ['version'], with_vector: false }, init),
  );
  const hashed = points.map((point) => ({ id: String(point.id), version: (point.payload as Pick<StagedRecord, 'version'>).version }));
  return hashed.toSorted((a, b) => (a.version < b.version ? -1 : 1)).map(({ id }) => id);
}

/** Staged documents with their texts by point id, in the order asked for. */
export async function stagedTexts(store: Store, ids: string[]): Promise<StagedRecord[]> {
  const points = await store.read((api, init) =>
    api.getPoints({ collection_name: JOBS_COLLECTION, ids, with_payload: true, with_vector: false }, init),
  );
  const found = new Map(points.map((point) => [String(point.id), point.payload as StagedRecord]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

export type Progress = { staged: StagedRecord; chunks: number; chunksDone: number };
export type Settlement = { staged: StagedRecord; outcome: 'done' | 'unchanged' | 'failed'; chunks: number; failure: StagedFailure | null };

const pointOf = (staged: StagedRecord): string => stagedPointId(staged.jobId, staged.documentId);

/** Records how far documents have come. */
export async function note(store: Store, progress: readonly Progress[], updatedAt: string): Promise<void> {
  await setPayloads(
    store,
    JOBS_COLLECTION,
    progress.map(({ staged, chunks, chunksDone }) => ({ id: pointOf(staged), payload: { chunks, chunksDone, updatedAt } })),
  );
}

/** Records what became of documents; their texts are dropped, for they stand in the corpus or could not be read. */
export async function settle(store: Store, settlements: readonly Settlement[], updatedAt: string): Promise<void> {
  await setPayloads(
    store,
    JOBS_COLLECTION,
    settlements.map(({ staged, outcome, chunks, failure }) => ({
      id: pointOf(staged),
      payload: { outcome, chunks, chunksDone: chunks, failure, updatedAt, text: '' },
    })),
  );
}
