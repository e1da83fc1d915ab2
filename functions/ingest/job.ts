import type { Job, ReindexProgress } from '../_kernel/corpus/jobs.ts';
import type { JobResponse } from './contract.ts';

/** What the lease on a job says: whether somebody works on it, and what that worker waits for. */
export type Worked = { by: 'nobody' | 'somebody' | 'unknown'; waitingFor: string | null };

/**
 * A job as the contract shows it. Its state follows from its documents, so it cannot be stuck between two states: a job whose
 * documents are all settled has ended, whoever died on the way.
 */
export function jobView(job: Job, worked: Worked): JobResponse {
  return job.reindex === null ? ingestView(job, worked) : reindexView(job, job.reindex, worked);
}

function ingestView(job: Job, worked: Worked): JobResponse {
  const { jobId, collection, createdAt, documents } = job;
  const count = (outcome: string) => documents.filter((one) => one.outcome === outcome).length;
  const counts = { total: documents.length, done: count('done'), unchanged: count('unchanged'), failed: count('failed') };
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const updatedAt = documents.map((one) => one.updatedAt).reduce((latest, at) => (at > latest ? at : latest), createdAt);
  const failures = documents.flatMap(({ documentId, failure }) => (failure === null ? [] : [{ documentId, ...failure }]));
  return {
    jobId,
    collection,
    state: stateOf(counts, count('pending'), failures.length, job.cancelled, worked),
    documents: counts,
    chunks: { total: sum(documents.map((one) => one.chunks)), done: sum(documents.map((one) => one.chunksDone)) },
    failures,
    ...(worked.waitingFor !== null && count('pending') > 0 && { waitingFor: worked.waitingFor }),
    createdAt,
    updatedAt,
  };
}

function reindexView(job: Job, progress: ReindexProgress, worked: Worked): JobResponse {
  const { jobId, collection, createdAt } = job;
  const { total, done, chunks, outcome, failure, updatedAt } = progress;
  const open = job.cancelled ? 'cancelled' : worked.by === 'somebody' || done > 0 ? 'running' : 'queued';
  return {
    jobId,
    collection,
    state: outcome === 'pending' ? open : outcome === 'done' ? 'succeeded' : 'failed',
    documents: { total, done, unchanged: 0, failed: outcome === 'failed' ? total - done : 0 },
    chunks: { total: chunks, done: chunks },
    failures: failure === null ? [] : [{ documentId: '', ...failure }],
    ...(worked.waitingFor !== null && outcome === 'pending' && { waitingFor: worked.waitingFor }),
    createdAt,
    updatedAt,
  };
}

function stateOf(
  counts: JobResponse['documents'],
  pending: number,
  failures: number,
  cancelled: boolean,
  worked: Worked,
): JobResponse['state'] {
  if (pending > 0 && cancelled) return 'cancelled';
  if (pending > 0) return worked.by === 'somebody' || pending < counts.total ? 'running' : 'queued';
  if (failures === 0) return 'succeeded';
  return counts.failed === counts.total ? 'failed' : 'partial';
}

/** Whether nothing will happen to the job any more. */
export function hasEnded(view: JobResponse): boolean {
  return view.state !== 'queued' && view.state !== 'running';
}
