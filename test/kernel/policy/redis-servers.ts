import { createHash } from 'node:crypto';
import { createRedisServer } from 'js-redis-server';
import { UpstreamFault } from '../../../functions/_kernel/failure.ts';
import { closeRedisPool, openRedis } from '../../../functions/_kernel/upstreams/redis.node.ts';
import type { Command, Redis, Reply } from '../../../functions/_kernel/upstreams/redis.ts';
import { ACQUIRE, EXTEND, REPORT, STEER, type Script } from '../../../functions/_kernel/policy/scripts.ts';

/** A Redis that a suite may empty. */
export type RedisServer = { url: string; redis: Redis; empty: () => Promise<void>; close: () => Promise<void> };

/**
 * The servers that every suite must pass on: the embedded one, and a real one when `REDIS_URL` names it.
 *
 * Suites run beside each other, so each asks for a logical database of its own, which is emptied.
 */
export const REDIS_SERVERS: { name: string; start: (database: number) => Promise<RedisServer> }[] = [
  {
    name: 'js-redis-server',
    start: async (database) => {
      const embedded = await createRedisServer();
      // It writes each reply of a pipeline by itself, so Nagle's algorithm would hold the second back for 40 ms.
      embedded.server.server.on('connection', (socket) => socket.setNoDelay(true));
      return opened(`redis://${embedded.host}:${embedded.port}/${database}`, () => embedded.close());
    },
  },
  ...realRedis(process.env['REDIS_URL']),
];

function realRedis(address: string | undefined): { name: string; start: (database: number) => Promise<RedisServer> }[] {
  if (address === undefined || address === '') return [];
  const start = (database: number): Promise<RedisServer> => {
    const url = new URL(address);
    url.pathname = `/${database}`;
    return opened(url.href, async () => {});
  };
  return [{ name: 'a real Redis', start }];
}

async function opened(url: string, stop: () => Promise<unknown>): Promise<RedisServer> {
  const redis = openRedis(url);
  const empty = async (): Promise<void> => void (await send(redis, ['FLUSHDB']));
  await empty();
  return {
    url,
    redis,
    empty,
    close: async () => {
      closeRedisPool();
      await stop();
    },
  };
}

/** Sends one command, with time enough for a busy machine, and throws an error reply. */
export async function send(redis: Redis, command: Command): Promise<Reply> {
  const [reply] = await redis.send([command], { timeoutMs: 5_000 });
  if (reply instanceof Error) throw reply;
  return reply ?? null;
}

const SERVER_TIME = `local t=redis.call('TIME')
local now=tonumber(t[1])*1000+math.floor(tonumber(t[2])/1000)
`;

/** The same script with its clock as the last argument. */
export function withTimeArgument({ source }: Script): string {
  if (!source.startsWith(SERVER_TIME)) throw new Error('the script no longer begins with the two lines that read the clock');
  return `local now=tonumber(ARGV[#ARGV])\n${source.slice(SERVER_TIME.length)}`;
}

const SCRIPTS = [ACQUIRE, REPORT, EXTEND, STEER].map((script) => {
  const source = withTimeArgument(script);
  return { script, source, sha1: createHash('sha1').update(source).digest('hex') };
});

/** A connection through which the breaker's scripts and TIME see an injected clock. */
export function withClock(redis: Redis, now: () => number): Redis {
  return {
    async send(commands, options) {
      const at = now();
      const rewritten = commands.map(([name, ...args]): Command => {
        const variant = SCRIPTS.find(({ script }) => args[0] === (name === 'EVAL' ? script.source : script.sha1));
        return variant === undefined ? [name!, ...args] : [name!, name === 'EVAL' ? variant.source : variant.sha1, ...args.slice(1), at];
      });
      const replies = await redis.send(rewritten, { timeoutMs: Math.max(options?.timeoutMs ?? 0, 5_000) });
      return replies.map((reply, i) => (commands[i]![0] === 'TIME' ? [String(Math.floor(at / 1000)), String((at % 1000) * 1000)] : reply));
    },
    close: () => redis.close(),
  };
}

/** A connection that counts round trips. */
export function counted(redis: Redis): Redis & { roundTrips: () => number } {
  let trips = 0;
  return {
    send: (commands, options) => {
      trips += 1;
      return redis.send(commands, options);
    },
    close: () => redis.close(),
    roundTrips: () => trips,
  };
}

/** A connection that answers until it is told not to. */
export function breakable(redis: Redis): Redis & { gone: boolean; attempts: number } {
  return {
    gone: false,
    attempts: 0,
    async send(commands, options) {
      this.attempts += 1;
      if (this.gone) throw new UpstreamFault('redis', { kind: 'timeout', phase: 'total' });
      return redis.send(commands, options);
    },
    close: () => redis.close(),
  };
}
