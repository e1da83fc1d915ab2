import { dropTexts, jobsBefore, ofTenant, openReindexings, removeJob, stagedAt, waitingJobs } from '../_kernel/corpus/abandoned.ts';
import { getJob, type JobRecord } from '../_kernel/corpus/jobs.ts';
import { isHashed } from '../_kernel/corpus/names.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import { JOB_KEPT_MS, REAPED_AT_ONCE, REAPER_LOOKS_AT, STAGING_MAX_MS } from '../_kernel/limits.ts';
import type { OpenJobs } from '../_kernel/telemetry/open-jobs.ts';
import { measureOutgrown } from './calibrated.ts';
import { hasEnded, jobView } from './job.ts';
import { work, type WorkContext } from './work.ts';

/** What the reaper needs: as a worker, but for no tenant in particular. */
export type ReapContext = Omit<WorkContext, 'goOn'> & {
  /** Goes on with a tenant's job in another invocation; null where this one may last (Node). */
  goOnAs: ((tenant: string, jobId: string) => Promise<void>) | null;
  /** Leaves word of the jobs that have not ended, for the metrics. */
  tellOpen(jobs: OpenJobs): Promise<void>;
};

/** What one round of the reaper did. */
export type Reaped = { takenOver: number; removed: number };

/**
 * Ends what nobody would end otherwise: takes over the jobs of all tenants whose worker died (its lease ran out), and removes what is
 * left of jobs that were cancelled, that were never written, or that ended long ago. Then measures what has changed since it was.
 *
 * A round works on each job for one invocation's time at most. Harmless to repeat, and to run in several places at once.
 * @throws Failure `dependency_unavailable` (Qdrant); the next round goes on.
 */
export async function reap(context: ReapContext): Promise<Reaped> {
  const { store, leases } = context;
  const { jobs, ownerless } = await waitingJobs(store, REAPER_LOOKS_AT);
  const waiting = jobs.filter(({ cancelled }) => !cancelled);
  const open = [...waiting, ...(await openReindexings(store, REAPER_LOOKS_AT))];
  const held = await leases.held(open.map(({ jobId }) => jobId));
  if (held !== null) await context.tellOpen({ queued: open.length - held.size, running: held.size });
  // Without Redis nobody knows who works on what: whoever asks for a job takes it over then.
  const free = held === null ? [] : open.filter(({ jobId }) => !held.has(jobId)).slice(0, REAPED_AT_ONCE);
  await Promise.all(free.map((job) => takeOver(context, job)));
  for (const job of jobs) if (job.cancelled && (await isFree(context, job))) await dropTexts(store, job.jobId);
  await measureOutgrown(context);
  return { takenOver: free.length, removed: (await removeOwnerless(context, ownerless)) + (await removeOld(context)) };
}

/** Whether nobody works on a job, as far as anybody knows. */
async function isFree({ leases }: ReapContext, { jobId }: JobRecord): Promise<boolean> {
  return (await leases.look(jobId)).by === 'nobody';
}

async function takeOver(context: ReapContext, job: JobRecord): Promise<void> {
  const { goOnAs, store } = context;
  // Another invocation is asked for under the consumer's name, which a hashed tenant does not tell: its job goes on in the next round.
  const next = (jobId: string) => (isHashed(job.tenant) || goOnAs === null ? Promise.resolve() : goOnAs(job.tenant, jobId));
  await work({ ...context, store: ofTenant(store, job), goOn: goOnAs === null ? null : next }, job.jobId);
}

/** A request that is being accepted writes its documents before its job, so only what has been there for a while is nobody's. */
async function removeOwnerless({ store, clock }: { store: Store; clock(): number }, jobIds: readonly string[]): Promise<number> {
  let removed = 0;
  for (const jobId of jobIds) {
    const since = await stagedAt(store, jobId);
    if (since === null || clock() - Date.parse(since) < STAGING_MAX_MS) continue;
    await removeJob(store, jobId);
    removed++;
  }
  return removed;
}

async function removeOld({ store, clock }: { store: Store; clock(): number }): Promise<number> {
  let removed = 0;
  for (const old of await jobsBefore(store, clock() - JOB_KEPT_MS, REAPER_LOOKS_AT)) {
    const job = await getJob(ofTenant(store, old), old.jobId);
    if (!hasEnded(jobView(job, { by: 'nobody', waitingFor: null }))) continue;
    await removeJob(store, old.jobId);
    removed++;
  }
  return removed;
}
