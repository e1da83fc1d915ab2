import { createHash } from 'node:crypto';
import { Redis as Client } from 'ioredis';
import type { RedisAddress } from './plugin.ts';

/** The one thing that the gateway asks of Redis. */
export type Redis = {
  /**
   * Counts one more under every key, each of which dies `seconds` after it was first counted, and gives the counts before.
   *
   * One atomic round trip. Rejects when Redis cannot be reached within the address's time-out.
   */
  count(counters: readonly { key: string; seconds: number }[]): Promise<number[]>;
  close(): void;
};

/** Counts in every window and answers the counts before; a counter dies with its window. Kong runs the same once a window. */
const COUNT = `local before = {}
for i, key in ipairs(KEYS) do
  local count = redis.call("incr", key)
  if count == 1 then redis.call("expire", key, ARGV[i]) end
  before[i] = count - 1
end
return before`;
const COUNT_SHA = createHash('sha1').update(COUNT).digest('hex');

/**
 * A connection to Redis that is opened by the first call and again by the first one after it was lost.
 *
 * Nothing is queued while there is no connection: a call fails at once, so that a rate limit can let the request pass.
 */
export function connectRedis({ host, port, database, timeout, username, password }: RedisAddress): Redis {
  const client = new Client({
    host: host ?? '127.0.0.1',
    port,
    db: database,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    lazyConnect: true,
    connectTimeout: timeout,
    commandTimeout: timeout,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  });
  client.on('error', () => {
    // Every call reports its own failure; without a listener ioredis would print each one.
  });
  let connecting: Promise<void> | null = null;
  const ready = async (): Promise<void> => {
    if (client.status === 'ready') return;
    connecting ??= client.connect().finally(() => {
      connecting = null;
    });
    await connecting;
  };
  return {
    async count(counters) {
      await ready();
      const keys = counters.map(({ key }) => key);
      const seconds = counters.map((counter) => counter.seconds);
      const replies = await client.evalsha(COUNT_SHA, keys.length, ...keys, ...seconds).catch((error: Error) => {
        if (!error.message.startsWith('NOSCRIPT')) throw error;
        return client.eval(COUNT, keys.length, ...keys, ...seconds);
      });
      return (replies as number[]).map(Number);
    },
    close() {
      client.disconnect();
    },
  };
}
