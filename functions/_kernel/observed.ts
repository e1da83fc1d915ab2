import { tellMeasured } from '#registry';
import { openRedis } from '#redis';
import type { Env } from './env.ts';
import type { Invocation } from './http/app.ts';
import { describe, log } from './http/log.ts';
import type { Trace } from './telemetry/trace.ts';
import { tracing } from './tracing.ts';
import type { Redis } from './upstreams/redis.ts';
import { tracedRedis } from './upstreams/traced-redis.ts';

/**
 * The Redis and the trace of an invocation, and what both are left with at its end: what was measured is told, spans are exported, the
 * connection is closed. Once for an invocation.
 */
export function observed(env: Env, invocation: Invocation): { redis: Redis; trace: Trace } {
  const redis = openRedis(env.REDIS_URL, env.REDIS_TIMEOUT_MS);
  const { trace, exported } = tracing(env, invocation.context, (error) =>
    log({ level: 'warn', in: 'tracing', requestId: invocation.requestId, ...describe(error) }),
  );
  invocation.atEnd(async (ended) => {
    await Promise.all([tellMeasured(redis, Date.now()), exported(ended)]);
    await redis.close();
  });
  return { redis: tracedRedis(redis, trace, env.REDIS_URL), trace };
}
