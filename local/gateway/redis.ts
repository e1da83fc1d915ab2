import { Redis as Client } from 'ioredis';
import type { RedisAddress } from './plugin.ts';

/** The one thing that the gateway asks of Redis. */
export type Redis = {
  /**
   * Counts one more under every key, each of which dies `seconds` after it was first counted, and gives the counts before.
   *
   * One round trip, and another for the first count of a window. Rejects when Redis cannot be reached within the address's time-out.
   */
  count(counters: readonly { key: string; seconds: number }[]): Promise<number[]>;
  close(): void;
};

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
      // INCR alone decides; Kong wraps it and EXPIRE in a script, which costs a small Redis twice the time.
      const counts = await Promise.all(counters.map(({ key }) => client.incr(key)));
      const fresh = counters.filter((_, index) => counts[index] === 1);
      await Promise.all(fresh.map(({ key, seconds }) => client.expire(key, seconds)));
      return counts.map((count) => count - 1);
    },
    close() {
      client.disconnect();
    },
  };
}
