import { CLIENT_FOLLOW_PAUSE_MS, CLIENT_FOLLOWS_AGAIN } from '../limits.ts';
import { RagError } from './error.ts';
import type { World } from './exchange.ts';
import type { Job, JobEvent } from './types.ts';

const ENDED: ReadonlySet<Job['state']> = new Set(['succeeded', 'partial', 'failed', 'cancelled']);

/** Whether a job goes on no more. */
export const hasEnded = ({ state }: Pick<Job, 'state'>): boolean => ENDED.has(state);

/** Whether the job may go on although this was said: nobody answered, or not for now. */
const passes = (error: unknown): error is RagError =>
  error instanceof RagError && (error.status === 0 || error.status === 429 || error.status >= 500);

/**
 * Follows a job to its end, telling of it first and at every change.
 *
 * A stream that breaks off is taken up again, and in between the job is asked for, so that it is followed also where streams never
 * come through. @throws RagError once nobody has answered for half a minute, or at once when the job is refused; or the signal's reason.
 */
export async function follow(
  begun: Job,
  ways: { stream(): AsyncIterable<JobEvent>; ask(): Promise<Job>; sleep: World['sleep'] },
  { signal, onProgress }: { signal: AbortSignal | undefined; onProgress: ((job: Job) => void) | undefined },
): Promise<Job> {
  let job = begun;
  const tell = (next: Job) => onProgress?.((job = next));
  tell(begun);
  for (let streaming = true, failures = 0; !hasEnded(job);) {
    try {
      if (streaming) for await (const { data } of ways.stream()) tell(data);
      else tell(await ways.ask());
      streaming = true;
      failures = 0;
    } catch (error) {
      if (signal?.aborted === true || !passes(error) || ++failures > CLIENT_FOLLOWS_AGAIN) throw error;
      streaming = false;
      await ways.sleep(Math.max(CLIENT_FOLLOW_PAUSE_MS, error.retryAfterMs ?? 0), signal);
    }
  }
  return job;
}
