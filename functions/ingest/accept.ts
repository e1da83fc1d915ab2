import type { JobResponse } from './contract.ts';
import { ingest } from './ingest.ts';
import type { IngestCall } from './request.ts';
import { follow, job, type WatchContext } from './watch.ts';
import { work } from './work.ts';

/**
 * Accepts documents, starts the work on them beside the answer, and waits for its end as long as the caller asked.
 *
 * @throws what `ingest` throws; nothing is kept then.
 */
export async function accept(context: WatchContext, call: IngestCall, key: string | null): Promise<JobResponse> {
  const jobId = await ingest(context, call.collection, call.documents, key);
  context.defer(work(context, jobId));
  if (call.waitMs === 0) return job({ ...context, defer: () => {} }, jobId);
  const untilMs = context.clock() + call.waitMs;
  return follow(context, jobId, { untilMs, signal: context.signal, onChange: async () => {} });
}
