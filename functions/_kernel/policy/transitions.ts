import { UpstreamFault } from '../failure.ts';
import type { Redis } from '../upstreams/redis.ts';
import type { TransitionEvent } from './breakers.ts';

/** Key `cb:{rag}:transitions`: a hash of `<dependency> <from> <to>` to how often, since Redis was last empty; never expires. */
const KEY = 'cb:{rag}:transitions';

/** How often each breaker went from one state to another, by `<dependency> <from> <to>`. */
export type Transitions = Record<string, number>;

/** Counts a transition for the whole fleet; one that happened while Redis is away is in the log only. */
export async function countTransition(redis: Redis, event: TransitionEvent): Promise<void> {
  try {
    await redis.send([['HINCRBY', KEY, `${event.dependency} ${event.from} ${event.to}`, 1]]);
  } catch (error) {
    if (!(error instanceof UpstreamFault)) throw error;
  }
}

/** The counts so far; null while Redis is away. */
export async function readTransitions(redis: Redis): Promise<Transitions | null> {
  try {
    const [reply] = await redis.send([['HGETALL', KEY]]);
    if (!Array.isArray(reply)) return null;
    const pairs = reply.flatMap((field, i) => (i % 2 === 0 ? [[String(field), Number(reply[i + 1])] as const] : []));
    return Object.fromEntries(pairs);
  } catch (error) {
    if (error instanceof UpstreamFault) return null;
    throw error;
  }
}
