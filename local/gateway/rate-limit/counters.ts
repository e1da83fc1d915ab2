/** Counts requests in this process; a counter is forgotten once its window is over. */
export type Counters = {
  get(key: string): number;
  /** Counts one more at `now` (milliseconds) in a window of so many seconds. */
  add(key: string, seconds: number, now: number): void;
};

const SWEEP_EVERY = 1000;

/** Counters that outlive a reload of the file, as Kong's shared memory does. */
export function localCounters(): Counters {
  const counts = new Map<string, { count: number; expiresAt: number }>();
  let sinceSweep = 0;
  return {
    get: (key) => counts.get(key)?.count ?? 0,
    add(key, seconds, now) {
      const counter = counts.get(key);
      if (counter === undefined) counts.set(key, { count: 1, expiresAt: now + seconds * 1000 });
      else counter.count += 1;
      sinceSweep += 1;
      if (sinceSweep < SWEEP_EVERY) return;
      sinceSweep = 0;
      for (const [each, { expiresAt }] of counts) if (expiresAt <= now) counts.delete(each);
    },
  };
}
