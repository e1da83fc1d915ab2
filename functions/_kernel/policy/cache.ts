import { hashOf } from '../hash.ts';
import { CACHE_VALUE_MAX_CHARS } from '../limits.ts';
import type { Redis } from '../upstreams/redis.ts';
import { thisIsolate, type Isolate } from './isolate.ts';
import { redisLink } from './redis-link.ts';
import { breakerSettings } from './settings.ts';

/** What is kept: a question's vector, or a whole answer. */
export type CacheKind = 'vector' | 'answer';

/** One place of the cache: what stands there, and how to put something else there. */
export type Entry = {
  /** Null when nothing was kept, its time is over, or Redis is away. */
  value: string | null;
  /** Keeps a value after the answer is on its way; one that is too long is left out. */
  keep(value: string): void;
};

/** What is kept in Redis to spare work, for one invocation. It never fails: without Redis nothing is found and nothing kept. */
export type Cache = {
  /** Looks under everything that the value depends on; the order of an object's keys does not count. */
  look(kind: CacheKind, tenant: string, identity: unknown): Promise<Entry>;
};

/** Whether a lookup found something, for whoever counts. */
export type Lookup = { cache: CacheKind; outcome: 'hit' | 'miss' };

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The key of a value: readable are the kind and the tenant (a name without a colon), so that an operator can drop a tenant's values;
 * the rest is a SHA-256, so that no question's text stands in a key.
 */
export async function cacheKey(kind: CacheKind, tenant: string, identity: unknown): Promise<string> {
  return `cache:{rag}:${kind}:${tenant}:${await hashOf(JSON.stringify([kind, tenant, identity], sorted))}`;
}

/**
 * Opens the cache of one invocation over its Redis.
 *
 * @param ttlSeconds how long a value is kept. @param redisMs how long one exchange may take; whether Redis is away is known together
 * with the breakers, so that its time-out is paid once. @param defer keeps the invocation alive for what is written after the answer.
 */
export function createCache(
  redis: Redis,
  options: {
    ttlSeconds: number;
    redisMs: number;
    defer: (work: Promise<unknown>) => void;
    onLookup?: (lookup: Lookup) => void;
    isolate?: Isolate;
    now?: () => number;
  },
): Cache {
  const { ttlSeconds, redisMs, defer, onLookup = () => {}, isolate = thisIsolate, now = Date.now } = options;
  const link = redisLink(redis, isolate, breakerSettings({ redisMs }), now);
  const send = (...commands: (string | number)[][]) => link.exchange((on) => on.send(commands, { timeoutMs: redisMs }));
  return {
    async look(kind, tenant, identity) {
      const key = await cacheKey(kind, tenant, identity);
      const replies = await send(['GET', key]);
      const value = typeof replies?.[0] === 'string' ? replies[0] : null;
      // An exchange that did not happen says nothing about what is kept.
      if (replies !== null) onLookup({ cache: kind, outcome: value === null ? 'miss' : 'hit' });
      return {
        value,
        keep(fresh) {
          if (fresh.length <= CACHE_VALUE_MAX_CHARS) defer(send(['SET', key, fresh, 'EX', ttlSeconds]));
        },
      };
    },
  };
}
