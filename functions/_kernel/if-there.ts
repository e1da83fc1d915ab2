import { UpstreamFault } from './failure.ts';
import type { Command, Redis, Reply } from './upstreams/redis.ts';

/** The reply to one command, of what can be done without: null also where Redis does not answer. */
export async function askIfThere(redis: Redis, command: Command): Promise<Reply> {
  try {
    return (await redis.send([command]))[0] ?? null;
  } catch (error) {
    if (error instanceof UpstreamFault) return null;
    throw error;
  }
}

/** A hash of whole numbers, by field; null where Redis does not answer. */
export async function readCounts(redis: Redis, key: string): Promise<Map<string, number> | null> {
  const reply = await askIfThere(redis, ['HGETALL', key]);
  if (!Array.isArray(reply)) return null;
  return new Map(reply.flatMap((field, i) => (i % 2 === 0 ? [[String(field), Number(reply[i + 1])] as const] : [])));
}
