import { findJobRecord, getJob, type JobRecord } from '../_kernel/corpus/jobs.ts';
import type { Choice, Fingerprint } from '../_kernel/corpus/fingerprint.ts';
import type { StagedFailure } from '../_kernel/corpus/staged.ts';
import type { Store } from '../_kernel/corpus/store.ts';
import { Failure, UpstreamFault } from '../_kernel/failure.ts';
import { JOB_HEARTBEAT_MS, JOB_PATIENCE_MS, JOB_SLICE_MS } from '../_kernel/limits.ts';
import type { Leases } from '../_kernel/policy/lease.ts';
import { count } from '../_kernel/telemetry/meter.ts';
import { ingestStep } from './ingest-step.ts';
import { jobView } from './job.ts';
import { reindexStep } from './reindex-step.ts';

export type WorkContext = {
  store: Store;
  embedder: {
    passages(texts: string[], fingerprint: Fingerprint, options: { retried: boolean }): Promise<number[][]>;
    fingerprint(choice: Choice): Promise<Fingerprint>;
  };
  leases: Leases;
  /** Goes on with the job in another invocation; null where this one may last (Node). */
  goOn: ((jobId: string) => Promise<void>) | null;
  clock(): number;
  sleep(ms: number): Promise<void>;
};

/** One stretch of a job's work: whether there is more, and what to do when a dependency fails for good. */
export type Step = {
  /** Does the next part; false when there is nothing left to do. `pause` is to be awaited between its parts. */
  next(pause: () => Promise<void>): Promise<boolean>;
  /** Gives up on the part that `next` was at. */
  giveUp(failure: StagedFailure): Promise<void>;
};

/** What the lease says while this worker holds it. */
const MINE = { by: 'somebody', waitingFor: null } as const;

/** This worker's time is spent, or another one has the job. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Fixed sentences for what can end a part of a job; never an upstream's words. */
function failureOf(error: unknown): StagedFailure {
  if (error instanceof UpstreamFault && error.fault.kind === 'model_missing') {
    return { code: 'dependency_unavailable', detail: 'The embedding model is not present; pull it into Ollama and try again.' };
  }
  if (!(error instanceof Failure)) return { code: 'internal', detail: 'This failed inside the service; try again.' };
  const { code } = error.reason;
  if (code === 'index_mismatch')
    return { code, detail: 'The collection was indexed with another model or chunking than is configured; reindex it.' };
  if (code === 'collection_not_found') return { code, detail: 'The collection was deleted while the job ran.' };
  if (code === 'deadline_exceeded') return { code, detail: 'A dependency did not answer in time; try again.' };
  return { code, detail: 'A dependency was not available for too long; try again.' };
}

/** How long to wait before the same part is tried again, and for whom; null when trying again would not help. */
function waitFor(error: unknown, job: JobRecord, now: number): { ms: number; dependency: string } | null {
  if (!(error instanceof Failure) || now - job.createdAtMs > JOB_PATIENCE_MS) return null;
  const { reason } = error;
  if (reason.code === 'dependency_unavailable')
    return { ms: Math.min(5_000, Math.max(100, reason.retryAfterMs)), dependency: reason.dependency };
  return reason.code === 'deadline_exceeded' ? { ms: 1_000, dependency: reason.dependency } : null;
}

/**
 * Works on a job until it has ended or this invocation's time is spent, under a lease that one worker holds at a time.
 *
 * A worker that dies leaves the lease to run out, and the next one goes on from what is kept; doing a part twice writes the same
 * points. While a dependency is away the job waits, and says for whom, up to its own deadline.
 */
export async function work(context: WorkContext, jobId: string): Promise<void> {
  const { leases, clock } = context;
  if (!(await leases.take(jobId))) return;
  const until = clock() + JOB_SLICE_MS;
  const held = { mine: true };
  let waitingFor: string | null = null;
  let beaten = clock();
  const beat = async (): Promise<void> => {
    beaten = clock();
    held.mine &&= await leases.keep(jobId, waitingFor);
  };
  const heartbeat = setInterval(() => void beat(), JOB_HEARTBEAT_MS);
  const pause = async (): Promise<void> => {
    if (clock() - beaten > JOB_HEARTBEAT_MS) await beat();
    if (!held.mine || (context.goOn !== null && clock() > until)) throw new Stopped();
  };
  let more = true;
  try {
    while (more && held.mine && (context.goOn === null || clock() < until)) {
      const job = await findJobRecord(context.store, jobId);
      if (job === null || job.cancelled) return;
      const step = job.reindex === null ? ingestStep(context, job) : reindexStep(context, job);
      try {
        more = await step.next(pause);
        waitingFor = null;
        if (more) await beat();
      } catch (error) {
        if (error instanceof Stopped) break;
        const wait = waitFor(error, job, clock());
        if (wait === null) {
          await step.giveUp(failureOf(error));
          continue;
        }
        waitingFor = wait.dependency;
        await beat();
        await context.sleep(wait.ms);
      }
      if (!more) count('rag_jobs_total', { state: jobView(await getJob(context.store, jobId), MINE).state });
    }
  } finally {
    clearInterval(heartbeat);
    if (held.mine) await leases.release(jobId);
  }
  if (more && held.mine) await context.goOn?.(jobId);
}
