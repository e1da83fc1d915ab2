import { validate as isUuid } from 'uuid';
import { Failure } from '../failure.ts';
import { JOBS_COLLECTION, JOBS_PHYSICAL, stagedPointId } from './names.ts';
import type { Tally } from '../retrieval/tally.ts';
import { is, type StagedDocument, type StagedFailure, type StagedProgress, type StagedRecord } from './staged.ts';
import { setPayloads, upsert, type Point } from './points.ts';
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
  /** What a reindexing job has come to; null for an ingestion, whose documents tell. */
  reindex: ReindexProgress | null;
};

/** A pass over all documents into another physical collection; `cursor` is where it goes on. */
export type ReindexProgress = {
  generation: number;
  total: number;
  done: number;
  cursor: string | null;
  chunks: number;
  outcome: 'pending' | 'done' | 'failed';
  failure: StagedFailure | null;
  updatedAt: string;
  /** How far the texts have been measured before any is copied; null before, after, and where the statistics are known. */
  measured: { cursor: string; tally: Tally } | null;
};

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

/**
 * Creates the collection of jobs, which holds no vectors, or finishes one that a dead worker began; harmless to repeat.
 *
 * It exists for everybody once its alias does, so nobody meets it without its indexes.
 */
async function createJobsCollection(store: Store): Promise<void> {
  try {
    await store.write((api, init) => api.createCollection({ collection_name: JOBS_PHYSICAL, vectors: {}, ...store.placement }, init));
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  for (const [field_name, field_schema] of Object.entries(INDEXES)) {
    await store.write((api, init) => api.createFieldIndex({ collection_name: JOBS_PHYSICAL, wait: true, field_name, field_schema }, init));
  }
  const create_alias = { collection_name: JOBS_PHYSICAL, alias_name: JOBS_COLLECTION };
  await store.write((api, init) => api.updateAliases({ actions: [{ create_alias }] }, init));
}

/**
 * Keeps a job and the documents it is to index. The job's own record is written last: a request that was cut off before leaves no job.
 *
 * The same job again (an idempotent replay) writes the same points.
 */
export async function stage(
  store: Store,
  job: Omit<JobRecord, 'kind' | 'tenant' | 'cancelled' | 'reindex'>,
  documents: readonly StagedDocument[],
): Promise<void> {
  const { jobId, collection, createdAt } = job;
  const points = documents.map((document, ordinal): Point => {
    const rest = { chunks: 0, chunksDone: 0, updatedAt: createdAt };
    const payload: StagedRecord = { kind: 'staged', jobId, tenant: store.tenant, collection, ordinal, ...document, ...rest };
    return { id: stagedPointId(jobId, document.documentId), payload, vector: {} };
  });
  const record: JobRecord = { kind: 'job', tenant: store.tenant, cancelled: false, reindex: null, ...job };
  await inJobs(store, () => upsert(store, JOBS_COLLECTION, [...points, { id: jobId, payload: record, vector: {} }]));
}

/** Does something with the collection of jobs, which the very first job has to make. */
async function inJobs(store: Store, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await createJobsCollection(store);
    await work();
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

/** Keeps a job that has no documents of its own. */
export async function keepJob(store: Store, job: Omit<JobRecord, 'kind' | 'tenant'>): Promise<void> {
  const record: JobRecord = { kind: 'job', tenant: store.tenant, ...job };
  await inJobs(store, () => upsert(store, JOBS_COLLECTION, [{ id: job.jobId, payload: record, vector: {} }]));
}

/** Marks a job as cancelled; documents that are done stay. */
export async function cancel(store: Store, jobId: string): Promise<void> {
  await setPayloads(store, JOBS_COLLECTION, [{ id: jobId, payload: { cancelled: true } }]);
}

/** Records how far a reindexing has come. */
export async function noteReindex(store: Store, jobId: string, reindex: ReindexProgress): Promise<void> {
  await setPayloads(store, JOBS_COLLECTION, [{ id: jobId, payload: { reindex } }]);
}
