import { Redis as Client } from 'ioredis';
import type { RedisAddress } from './plugin.ts';

/** The one thing that the gateway asks of Redis: run a script over one key, several times in one round trip. */
export type Redis = {
  /** Rejects when Redis cannot be reached within the address's time-out. */
  evalAll(script: string, calls: readonly { key: string; args: readonly (string | number)[] }[]): Promise<unknown[]>;
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
    async evalAll(script, calls) {
      await ready();
      return Promise.all(calls.map(({ key, args }) => client.eval(script, 1, key, ...args)));
    },
    close() {
      client.disconnect();
    },
  };
}
