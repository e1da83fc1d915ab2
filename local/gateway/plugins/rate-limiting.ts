import * as z from 'zod';
import { counterKey, windowsAt, WINDOW_SECONDS, type Period } from '../rate-limit/window.ts';
import type { Exchange } from '../exchange.ts';
import { refuse } from '../http/answer.ts';
import { setOut, variableOf } from '../http/fields.ts';
import { normalisePath, pathOf } from '../http/path.ts';
import { plugin } from '../plugin.ts';

const limit = z.number().positive().nullish();
const redis = z.strictObject({
  host: z.string().nullish(),
  port: z.int().min(0).max(65_535).default(6379),
  timeout: z.int().min(1).default(2000),
  username: z.string().nullish(),
  password: z.string().nullish(),
  database: z.int().default(0),
  ssl: z.literal(false, 'is not built: this gateway speaks to Redis without TLS').default(false),
  ssl_verify: z.boolean().default(false),
  server_name: z.string().nullish(),
});
const PERIODS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const;
const schema = z
  .strictObject({
    second: limit,
    minute: limit,
    hour: limit,
    day: limit,
    month: limit,
    year: limit,
    limit_by: z.enum(['consumer', 'credential', 'ip', 'service', 'header', 'path']).default('consumer'),
    header_name: z.string().nullish(),
    path: z.string().startsWith('/').nullish(),
    policy: z.enum(['local', 'redis']).default('local'),
    fault_tolerant: z.boolean().default(true),
    redis: redis.prefault({}),
    hide_client_headers: z.boolean().default(false),
    error_code: z.number().positive().default(429),
    error_message: z.string().default('API rate limit exceeded'),
    sync_rate: z.literal(-1, 'only -1 (synchronous) is built').default(-1),
  })
  .superRefine((config, context) => {
    const set = PERIODS.filter((period) => typeof config[period] === 'number');
    if (set.length === 0) context.addIssue(`at least one of these fields must be set: ${PERIODS.join(', ')}`);
    for (const [index, upper] of set.entries()) {
      const lower = set.slice(0, index).find((each) => config[each]! > config[upper]!);
      if (lower !== undefined) context.addIssue(`The limit for ${upper} cannot be lower than the limit for ${lower}`);
    }
    if (config.limit_by === 'header' && !config.header_name) context.addIssue('limit_by header needs header_name');
    if (config.limit_by === 'path' && !config.path) context.addIssue('limit_by path needs path');
  });

type Usage = { period: Period; limit: number; remaining: number };
const TITLES = { second: 'Second', minute: 'Minute', hour: 'Hour', day: 'Day', month: 'Month', year: 'Year' } as const;

/**
 * So many requests a second, minute, hour, day, month or year, in fixed windows of the wall clock.
 *
 * Policy `local` counts in this process and not what it rejects; `redis` counts in Redis, every request, exactly.
 * Source: kong/plugins/rate-limiting/handler.lua.
 */
export const rateLimiting = plugin({
  name: 'rate-limiting',
  priority: 910,
  perConsumer: true,
  schema,
  handlers(config, scope, around) {
    const { now, log, counters } = around;
    const limits = PERIODS.flatMap((period) => (typeof config[period] === 'number' ? [{ period, limit: config[period] }] : []));
    const connect = config.policy === 'redis' ? around.redis(config.redis) : null;

    const identify = (exchange: Exchange): string => {
      const own = (): string | null | undefined => {
        switch (config.limit_by) {
          case 'service':
            return exchange.match?.service?.id;
          case 'consumer':
            return exchange.consumer?.id ?? exchange.credential?.id;
          case 'credential':
            return exchange.credential?.id;
          case 'header':
            return variableOf(exchange.headers, config.header_name!.toLowerCase());
          case 'path':
            return normalisePath(pathOf(exchange.target)) === config.path ? config.path : null;
          case 'ip':
            return null;
        }
      };
      return own() ?? exchange.clientIp;
    };
    const used = async (keys: readonly string[]): Promise<number[]> => {
      if (connect === null) return keys.map((key) => counters.get(key));
      return connect().count(keys.map((key, index) => ({ key, seconds: WINDOW_SECONDS[limits[index]!.period] })));
    };
    const show = (exchange: Exchange, usage: readonly Usage[], stop: Period | null, at: number): number => {
      let tightest: { limit: number; window: number; remaining: number; reset: number } | null = null;
      const starts = windowsAt(at);
      for (const { period, limit: most, remaining } of usage) {
        const left = Math.max(0, stop === null || stop === period ? remaining - 1 : remaining);
        const window = WINDOW_SECONDS[period];
        if (tightest === null || left < tightest.remaining || (left === tightest.remaining && window > tightest.window)) {
          const reset = Math.max(1, window - Math.floor((at - starts[period]) / 1000));
          tightest = { limit: most, window, remaining: left, reset };
        }
        setOut(exchange.out, `X-RateLimit-Limit-${TITLES[period]}`, String(most));
        setOut(exchange.out, `X-RateLimit-Remaining-${TITLES[period]}`, String(left));
      }
      setOut(exchange.out, 'RateLimit-Limit', String(tightest!.limit));
      setOut(exchange.out, 'RateLimit-Remaining', String(tightest!.remaining));
      setOut(exchange.out, 'RateLimit-Reset', String(tightest!.reset));
      return tightest!.reset;
    };
    return {
      async access(exchange) {
        const at = Math.floor(now() / 1000) * 1000;
        const starts = windowsAt(at);
        const identifier = identify(exchange);
        const keys = limits.map(({ period }) => counterKey(scope, identifier, period, starts[period]));
        let counts: number[];
        try {
          counts = await used(keys);
        } catch (error) {
          if (!config.fault_tolerant) throw error;
          log(`rate-limiting: failed to get usage: ${(error as Error).message}`);
          return;
        }
        const usage = limits.map(({ period, limit: most }, index): Usage => ({ period, limit: most, remaining: most - counts[index]! }));
        const stop = usage.findLast(({ remaining }) => remaining <= 0)?.period ?? null;
        const reset = config.hide_client_headers ? null : show(exchange, usage, stop, at);
        if (stop !== null) {
          if (reset !== null) setOut(exchange.out, 'Retry-After', String(reset));
          return refuse(exchange, config.error_code, config.error_message);
        }
        if (connect === null) for (const [index, key] of keys.entries()) counters.add(key, WINDOW_SECONDS[limits[index]!.period], at);
      },
    };
  },
});
