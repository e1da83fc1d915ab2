import type * as z from 'zod';
import type { Config, Scope } from './config/entities.ts';
import type { Exchange } from './exchange.ts';
import type { Answer } from './http/answer.ts';
import type { Counters } from './rate-limit/counters.ts';
import type { Redis } from './redis.ts';
import type { Metrics } from './metrics.ts';

/** What plugins may reach beyond the request: the rest of the file, the clock, counters. */
export type Surroundings = {
  config: Config;
  now(): number;
  log(line: string): void;
  /** Finds the connection for a rate limit; throws when neither the file nor `redisUrl` names a host. */
  redis(address: RedisAddress): () => Redis;
  counters: Counters;
  metrics: Metrics;
};

/** Where a rate-limiting plugin counts. */
export type RedisAddress = {
  host?: string | null | undefined;
  port: number;
  database: number;
  /** Milliseconds to connect, and again to answer. */
  timeout: number;
  username?: string | null | undefined;
  password?: string | null | undefined;
};

/**
 * What one configuration of a plugin does in each phase.
 *
 * `access` may answer in the service's stead: the plugins after it are then left out, but every `headerFilter` still runs, as
 * in Kong. `bodyFilter` gets the whole body of the response.
 */
export type Handlers = {
  access?(exchange: Exchange): Answer | void | Promise<Answer | void>;
  headerFilter?(exchange: Exchange): void;
  bodyFilter?: { applies(exchange: Exchange): boolean; change(exchange: Exchange, body: Buffer): Buffer };
  log?(exchange: Exchange): void;
};

/** A kind of plugin: its place in Kong's order (higher first), its configuration's schema, and its behaviour. */
export type Plugin<C = unknown> = {
  name: string;
  priority: number;
  schema: z.ZodType<C>;
  /** Authentication plugins cannot be for one consumer: there is none yet. */
  perConsumer: boolean;
  handlers(config: C, scope: Scope, around: Surroundings): Handlers;
};

/** Keeps the schema's type and the handlers' in step, and forgets it for the registry. */
export function plugin<C>(definition: Plugin<C>): Plugin {
  return { ...definition, handlers: (config, scope, around) => definition.handlers(config as C, scope, around) };
}
