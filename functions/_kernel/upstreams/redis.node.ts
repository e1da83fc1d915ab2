import { Redis as Client } from 'ioredis';
import { UpstreamFault } from '../failure.ts';
import { REDIS_MS } from '../limits.ts';
import { late } from './late.ts';
import { RedisError, type Redis, type Reply } from './redis.ts';

// A process keeps one connection per address; requests share it by pipelining.
const clients = new Map<string, Client>();

function clientOf(address: string): Client {
  const known = clients.get(address);
  if (known !== undefined) return known;
  const client = new Client(address, {
    lazyConnect: true,
    // A command never waits for a reconnection: the breaker's fallback answers at once, and the next request tries again.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A Redis that is still loading answers each command so; asking beforehand costs a round trip.
    enableReadyCheck: false,
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  });
  client.setMaxListeners(0); // each request that waits for the first connection listens
  client.on('error', () => {}); // each failed command reports it; without a listener ioredis prints
  clients.set(address, client);
  return client;
}

function replyOf(value: unknown): Reply {
  if (value instanceof Error) return new RedisError(value.message);
  if (Array.isArray(value)) return value.map(replyOf);
  return value as string | number | null;
}

/** Waits for the first connection only; a broken one is restored in the background. */
async function ready(client: Client): Promise<void> {
  if (client.status === 'ready') return;
  if (client.status === 'wait' || client.status === 'end') return client.connect();
  if (client.status === 'connecting' || client.status === 'connect') {
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        client.off('ready', settle);
        client.off('close', fail);
        resolve();
      };
      const fail = () => {
        client.off('ready', settle);
        client.off('close', fail);
        reject(new Error('Redis closed the connection'));
      };
      client.once('ready', settle);
      client.once('close', fail);
    });
    return;
  }
  throw new Error(`Redis is ${client.status}`);
}

/**
 * Opens Redis on Node through one pooled `ioredis` client per address.
 *
 * @param address `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS.
 * @param patienceMs how long an exchange may take that names no time of its own, default `REDIS_MS`.
 */
export function openRedis(address: string, patienceMs: number = REDIS_MS): Redis {
  return {
    async send(commands, options) {
      const timeoutMs = options?.timeoutMs ?? patienceMs;
      const deadline = late(timeoutMs, () => new UpstreamFault('redis', { kind: 'timeout', phase: 'total' }));
      const client = clientOf(address);
      const work = async (): Promise<Reply[]> => {
        await ready(client);
        const pipeline = client.pipeline();
        for (const [name, ...args] of commands) pipeline.call(String(name), ...args.map(String));
        const replies = (await pipeline.exec()) ?? [];
        const lost = replies.find(([error]) => error !== null && error.name !== 'ReplyError');
        if (lost?.[0]) throw lost[0];
        return replies.map(([error, value]) => replyOf(error ?? value));
      };
      const running = work();
      running.catch(() => {}); // the race below may be lost to the timer
      try {
        return await Promise.race([running, deadline.promise]);
      } catch (error) {
        throw error instanceof UpstreamFault ? error : new UpstreamFault('redis', { kind: 'connection' }, error);
      } finally {
        deadline.stop();
      }
    },
    close: async () => {},
  };
}

/** Closes every pooled connection, for a clean end of the process or of a test. */
export function closeRedisPool(): void {
  const open = [...clients.values()];
  clients.clear();
  for (const client of open) client.disconnect();
}
