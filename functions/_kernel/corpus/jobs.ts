import { validate as isUuid } from 'uuid';
import { Failure } from '../failure.ts';
import { upsert, type Point } from './documents.ts';
import { JOBS_COLLECTION, stagedPointId } from './names.ts';
import type { Metadata } from './payload.ts';
import { isConflict, isNotFound, type Store } from './store.ts';

/** What an accepted request asked for. Its progress is not written here: it is the sum of its documents' outcomes. */
export type JobRecord = {
  kind: 'job';
  jobId: string;
  tenant: string;
  collection: string;
  /** Hash of the request, so that a reused idempotency key is noticed. */
  bodyHash: string;
  createdAt: string;
  createdAtMs: number;
  cancelled: boolean;
};

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
  'documentId' | 'title' | 'url' | 'contentType' | 'metadata' | 'text' | 'version' | 'outcome' | 'failure'
>;
export type StagedProgress = Pick<StagedRecord, 'documentId' | 'outcome' | 'chunks' | 'chunksDone' | 'failure' | 'updatedAt'>;
export type Job = JobRecord & { documents: StagedProgress[] };

const PROGRESS = ['documentId', 'outcome', 'chunks', 'chunksDone', 'failure', 'updatedAt'];
const INDEXES = {
  kind: 'keyword',
  tenant: 'keyword',
  jobId: 'keyword',
  outcome: 'keyword',
  ordinal: 'integer',
  createdAtMs: 'integer',
} as const;
/** More documents than one request may carry: one page holds a job. */
const PAGE = 10_000;

const is = (key: string, value: string) => ({ key, match: { value } });

/** Creates the collection of jobs, which holds no vectors; harmless to repeat. */
async function createJobsCollection(store: Store): Promise<void> {
  try {
    await store.write((api, init) => api.createCollection({ collection_name: JOBS_COLLECTION, vectors: {} }, init));
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  for (const [field_name, field_schema] of Object.entries(INDEXES)) {
    await store.write((api, init) =>
      api.createFieldIndex({ collection_name: JOBS_COLLECTION, wait: true, field_name, field_schema }, init),
    );
  }
}

/**
 * Keeps a job and the documents it is to index. The job's own record is written last: a request that was cut off before leaves no job.
 *
 * The same job again (an idempotent replay) writes the same points.
 */
export async function stage(
  store: Store,
  job: Omit<JobRecord, 'kind' | 'tenant' | 'cancelled'>,
  documents: readonly StagedDocument[],
): Promise<void> {
  const { jobId, collection, createdAt } = job;
  const points = documents.map((document, ordinal): Point => {
    const rest = { chunks: 0, chunksDone: 0, updatedAt: createdAt };
    const payload: StagedRecord = { kind: 'staged', jobId, tenant: store.tenant, collection, ordinal, ...document, ...rest };
    return { id: stagedPointId(jobId, document.documentId), payload, vector: {} };
  });
  const record: JobRecord = { kind: 'job', tenant: store.tenant, cancelled: false, ...job };
  const write = () => upsert(store, JOBS_COLLECTION, [...points, { id: jobId, payload: record, vector: {} }]);
  try {
    await write();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await createJobsCollection(store);
    await write();
  }
}

/** A job's own record; null when this tenant has none of that id. */
export async function findJobRecord(store: Store, jobId: string): Promise<JobRecord | null> {
  if (!isUuid(jobId)) return null; // Qdrant refuses it as a point id, and it is nobody's
  try {
    const [point] = await store.read((api, init) =>
      api.getPoints({ collection_name: JOBS_COLLECTION, ids: [jobId], with_payload: true, with_vector: false }, init),
    );
    const record = point?.payload as JobRecord | undefined;
    return record?.kind === 'job' && record.tenant === store.tenant ? record : null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

async function progressOf(store: Store, jobId: string): Promise<StagedProgress[]> {
  const filter = { must: [is('kind', 'staged'), is('jobId', jobId)] };
  const { points } = await store.read((api, init) =>
    api.scrollPoints(
      { collection_name: JOBS_COLLECTION, filter, limit: PAGE, with_payload: [...PROGRESS, 'ordinal'], with_vector: false },
      init,
    ),
  );
  const records = points.map((point) => point.payload as StagedRecord);
  return records.toSorted((a, b) => a.ordinal - b.ordinal);
}

/** A job with what became of each of its documents. @throws Failure `job_not_found`. */
export async function getJob(store: Store, jobId: string): Promise<Job> {
  const record = await findJobRecord(store, jobId);
  if (record === null) throw new Failure({ code: 'job_not_found', jobId });
  return { ...record, documents: await progressOf(store, jobId) };
}

/** This tenant's newest jobs, newest first. */
export async function listJobs(store: Store, limit: number): Promise<Job[]> {
  try {
    const filter = { must: [is('kind', 'job'), is('tenant', store.tenant)] };
    const order_by = { key: 'createdAtMs', direction: 'desc' as const };
    const { points } = await store.read((api, init) =>
      api.scrollPoints({ collection_name: JOBS_COLLECTION, filter, order_by, limit, with_payload: true, with_vector: false }, init),
    );
    const records = points.map((point) => point.payload as JobRecord);
    return await Promise.all(records.map(async (record) => ({ ...record, documents: await progressOf(store, record.jobId) })));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** The next document of a job that waits to be indexed, with its text, in the order of the request; null when none is left. */
export async function nextPending(store: Store, jobId: string): Promise<StagedRecord | null> {
  const filter = { must: [is('kind', 'staged'), is('jobId', jobId), is('outcome', 'pending')] };
  const order_by = { key: 'ordinal', direction: 'asc' as const };
  const { points } = await store.read((api, init) =>
    api.scrollPoints({ collection_name: JOBS_COLLECTION, filter, order_by, limit: 1, with_payload: true, with_vector: false }, init),
  );
  return points.length === 0 ? null : (points[0]!.payload as StagedRecord);
}

async function set(store: Store, pointId: string, payload: Record<string, unknown>): Promise<void> {
  await store.write((api, init) => api.setPayload({ collection_name: JOBS_COLLECTION, wait: true, payload, points: [pointId] }, init));
}

/** Records how far a document has come. */
export async function note(
  store: Store,
  staged: StagedRecord,
  progress: { chunks: number; chunksDone: number; updatedAt: string },
): Promise<void> {
  await set(store, stagedPointId(staged.jobId, staged.documentId), progress);
}

/** Records what became of a document; its text is dropped, for it stands in the corpus or could not be read. */
export async function settle(
  store: Store,
  staged: StagedRecord,
  result: { outcome: 'done' | 'unchanged' | 'failed'; chunks: number; failure: StagedFailure | null; updatedAt: string },
): Promise<void> {
  await set(store, stagedPointId(staged.jobId, staged.documentId), { ...result, chunksDone: result.chunks, text: '' });
}

/** Marks a job as cancelled; documents that are done stay. */
export async function cancel(store: Store, jobId: string): Promise<void> {
  await set(store, jobId, { cancelled: true });
}
