import type { Workers } from './workers.ts';

/** How long an old version stays for what no caller sees, such as a job that goes on after its answer. */
const RETIRED_MS = 75_000;
/** How often one that is past its time and still has callers is looked at. */
const LOOK_AGAIN_MS = 1_000;
/** Old versions without a caller that may stay at a time; each is a process. */
const RETIRED_MAX = 3;

/** Versions that no new call reaches. */
export type Retired = { add(workers: Workers): Promise<void>; close(): Promise<void> };

/**
 * Keeps old versions until their calls under way have ended, however many versions come after.
 *
 * @param isBusy whether a version still has callers. @param after calls back in so many milliseconds; default a timer that keeps nothing alive.
 */
export function createRetired(
  isBusy: (workers: Workers) => boolean,
  after: (ms: number, then: () => void) => void = (ms, then) => void setTimeout(then, ms).unref(),
): Retired {
  const retired: Workers[] = [];
  const end = async (workers: Workers): Promise<void> => {
    const at = retired.indexOf(workers);
    if (at < 0) return;
    retired.splice(at, 1);
    await workers.close();
  };
  const endWhenIdle = (workers: Workers): void => {
    if (isBusy(workers)) after(LOOK_AGAIN_MS, () => endWhenIdle(workers));
    else void end(workers);
  };
  return {
    async add(workers) {
      retired.push(workers);
      after(RETIRED_MS, () => endWhenIdle(workers));
      const idle = retired.filter((one) => !isBusy(one));
      for (const one of idle.slice(0, Math.max(0, idle.length - RETIRED_MAX))) await end(one);
    },
    async close() {
      while (retired.length > 0) await end(retired[0]!);
    },
  };
}
