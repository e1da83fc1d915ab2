import type { JobResponse } from './contract.ts';
import { follow, job, type WatchContext } from './watch.ts';
import { work } from './work.ts';

/** Starts the work on a job beside the answer, and waits for its end as long as the caller asked. */
export async function begin(context: WatchContext, jobId: string, waitMs: number): Promise<JobResponse> {
  context.defer(work(context, jobId));
  if (waitMs === 0) return job({ ...context, defer: () => {} }, jobId);
  return follow(context, jobId, { untilMs: context.clock() + waitMs, signal: context.signal, onChange: async () => {} });
}
