import { createRedisMock } from 'js-redis-server';
import { closeRedisPool, openRedis } from '../../../functions/_kernel/upstreams/redis.node.ts';
import type { Command, Redis, Reply } from '../../../functions/_kernel/upstreams/redis.ts';
import { ACQUIRE, EXTEND, REPORT, STEER, type Script } from '../../../functions/_kernel/policy/scripts.ts';

/** A Redis that a suite may empty. */
export type RedisServer = { url: string; redis: Redis; empty: () => Promise<void>; close: () => Promise<void> };

/** The servers that every suite must pass on: the embedded one, and a real one when `REDIS_URL` names it (its database is emptied). */
export const REDIS_SERVERS: { name: string; start: () => Promise<RedisServer> }[] = [
  {
    name: 'js-redis-server',
    start: async () => {
      const server = await createRedisMock();
      return opened(server.url, () => server.close());
    },
  },
  ...(process.env['REDIS_URL'] ? [{ name: 'a real Redis', start: async () => opened(process.env['REDIS_URL']!, async () => {}) }] : []),
];

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

/** A connection through which the breaker's scripts and TIME see an injected clock. */
export function withClock(redis: Redis, now: () => number): Redis {
  const scripts = new Map([ACQUIRE, REPORT, EXTEND, STEER].map((script) => [script.sha1, withTimeArgument(script)]));
  return {
    async send(commands, options) {
      const at = now();
      const rewritten = commands.map((command): Command => {
        const source = command[0] === 'EVALSHA' ? scripts.get(String(command[1])) : undefined;
        return source === undefined ? command : ['EVAL', source, ...command.slice(2), at];
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
