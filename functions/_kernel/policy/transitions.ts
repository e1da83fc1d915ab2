import { askIfThere, readCounts } from '../if-there.ts';
import type { Redis } from '../upstreams/redis.ts';
import type { TransitionEvent } from './breakers.ts';

/** Key `cb:{rag}:transitions`: a hash of `<dependency> <from> <to>` to how often, since Redis was last empty; never expires. */
const KEY = 'cb:{rag}:transitions';

/** How often each breaker went from one state to another, by `<dependency> <from> <to>`. */
export type Transitions = Record<string, number>;

/** Counts a transition for the whole fleet; one that happened while Redis is away is in the log only. */
export async function countTransition(redis: Redis, event: TransitionEvent): Promise<void> {
  await askIfThere(redis, ['HINCRBY', KEY, `${event.dependency} ${event.from} ${event.to}`, 1]);
}

/** The counts so far; null while Redis is away. */
export async function readTransitions(redis: Redis): Promise<Transitions | null> {
  const counts = await readCounts(redis, KEY);
  return counts === null ? null : Object.fromEntries(counts);
}
