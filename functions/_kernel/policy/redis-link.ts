import { UpstreamFault } from '../failure.ts';
import type { Redis } from '../upstreams/redis.ts';
import type { Isolate } from './isolate.ts';
import type { BreakerSettings } from './settings.ts';

/** Whether Redis may be asked, and what became of asking. */
export type RedisLink = {
  /** Runs one exchange; null when Redis did not answer, or did not a moment ago. */
  exchange<T>(ask: (redis: Redis) => Promise<T>): Promise<T | null>;
  state(): 'up' | 'down';
};

/**
 * Remembers for the isolate that Redis is gone, so that one call in `redisRetryMs` pays the time-out and the others none.
 *
 * After that time one call tries again; while it does, the others of this isolate still go without.
 */
export function redisLink(redis: Redis | null, isolate: Isolate, settings: BreakerSettings, now: () => number): RedisLink {
  const down = (): void => void (isolate.redis = { state: 'down', retryAt: now() + settings.redisRetryMs });
  return {
    async exchange(ask) {
      if (redis === null) return null;
      if (isolate.redis.state === 'down') {
        const left = isolate.redis.retryAt - now();
        if (left > 0 && left <= settings.redisRetryMs) return null;
        down();
      }
      try {
        const answer = await ask(redis);
        isolate.redis = { state: 'up' };
        return answer;
      } catch (error) {
        if (!(error instanceof UpstreamFault)) throw error;
        down();
        return null;
      }
    },
    state: () => (redis !== null && isolate.redis.state === 'up' ? 'up' : 'down'),
  };
}
