import { findCollection } from '../_kernel/corpus/collections.ts';
import { abandonReindex } from '../_kernel/corpus/generations.ts';
import { cancel, getJob, listJobs, type Job } from '../_kernel/corpus/jobs.ts';
import { JOB_POLL_MAX_MS, JOB_POLL_MS, JOBS_LISTED } from '../_kernel/limits.ts';
import { count } from '../_kernel/telemetry/meter.ts';
import type { JobResponse } from './contract.ts';
import { hasEnded, jobView } from './job.ts';
import { work, type WorkContext } from './work.ts';

export type WatchContext = WorkContext & { defer(work: Promise<unknown>): void; signal: AbortSignal };

async function view(context: WatchContext, found: Job): Promise<JobResponse> {
  const { by, note } = await context.leases.look(found.jobId);
  const shown = jobView(found, { by, waitingFor: note });
  // Nobody works on it although it has not ended: its worker died. Whoever looks takes it over.
  if (!hasEnded(shown) && by === 'nobody') context.defer(work(context, found.jobId));
  return shown;
}

/** A job as it stands now; one that nobody works on is taken over. @throws Failure `job_not_found`. */
export async function job(context: WatchContext, jobId: string): Promise<JobResponse> {
  return view(context, await getJob(context.store, jobId));
}

/** The tenant's newest jobs, newest first. */
export async function jobs(context: WatchContext): Promise<JobResponse[]> {
  const found = await listJobs(context.store, JOBS_LISTED);
  return Promise.all(found.map((one) => view(context, one)));
}

/** Cancels what is left of a job; documents that are done stay. @throws Failure `job_not_found`. */
export async function cancelJob(context: WatchContext, jobId: string): Promise<JobResponse> {
  const before = await getJob(context.store, jobId);
  const open = before.reindex === null ? before.documents.some((one) => one.outcome === 'pending') : before.reindex.outcome === 'pending';
  if (open) {
    await cancel(context.store, jobId);
    count('rag_jobs_total', { state: 'cancelled' });
  }
  const collection = open && before.reindex !== null ? await findCollection(context.store, before.collection) : null;
  if (collection?.reindex?.jobId === jobId) await abandonReindex(context.store, collection);
  return job(context, jobId);
}

/** Follows a job until it ends, `signal` aborts or `untilMs` passes, telling every change; resolves with how it stood last. */
export async function follow(
  context: WatchContext,
  jobId: string,
  options: { untilMs: number; signal: AbortSignal; onChange(view: JobResponse): Promise<void> },
): Promise<JobResponse> {
  let last = '';
  let pauseMs = JOB_POLL_MS;
  for (;;) {
    const shown = await job(context, jobId);
    const now = JSON.stringify(shown);
    if (now !== last) await options.onChange(shown);
    last = now;
    const left = options.untilMs - context.clock();
    if (hasEnded(shown) || left <= 0 || options.signal.aborted) return shown;
    await context.sleep(Math.min(pauseMs, left));
    pauseMs = Math.min(pauseMs * 1.5, JOB_POLL_MAX_MS);
  }
}
