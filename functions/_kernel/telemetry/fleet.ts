import { UpstreamFault } from '../failure.ts';
import type { Redis } from '../upstreams/redis.ts';
import { giveBack, takePending } from './meter.ts';

/** Key `metrics:{rag}`: a hash of a metric's field (see `meter.ts`) to a whole number, added to by every instance; never expires. */
const KEY = 'metrics:{rag}';

/**
 * Adds what this isolate measured to what the fleet measured, in one exchange.
 *
 * Counters live in Redis because an edge isolate cannot be scraped and dies without notice; so any instance can tell of all. While
 * Redis is away they wait here, and are lost only with the isolate.
 */
export async function tellFleet(redis: Redis): Promise<void> {
  const taken = takePending();
  if (taken.size === 0) return;
  try {
    await redis.send([...taken].map(([field, by]) => ['HINCRBY', KEY, field, by]));
  } catch (error) {
    giveBack(taken);
    if (!(error instanceof UpstreamFault)) throw error;
  }
}

/** What the fleet measured so far, by field; null while Redis is away. */
export async function readFleet(redis: Redis): Promise<Map<string, number> | null> {
  try {
    const [reply] = await redis.send([['HGETALL', KEY]]);
    if (!Array.isArray(reply)) return null;
    return new Map(reply.flatMap((field, i) => (i % 2 === 0 ? [[String(field), Number(reply[i + 1])] as const] : [])));
  } catch (error) {
    if (error instanceof UpstreamFault) return null;
    throw error;
  }
}
