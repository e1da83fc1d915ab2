import { afterAll, beforeAll, inject } from 'vitest';
import * as redis from '#redis';
import { renewIsolate } from '../../functions/_kernel/policy/isolate.ts';
import type { InjectedFault } from '../../local/faults.ts';
import type { Service, WorldAddresses, WorldOptions } from './worlds.ts';

/** The configuration of the functions under test. */
export type Bindings = Record<string, unknown>;

/** A Redis, a Qdrant and an Ollama that only this file's tests use. */
export type World = {
  readonly env: Bindings;
  readonly urls: WorldAddresses;
  /** Breaks a service; `{ mode: 'up' }` mends it. */
  fault(service: Service, fault: InjectedFault): Promise<void>;
  /** Requests that Qdrant and Ollama answered so far, as `ollama POST /api/embed 200 3ms`. */
  calls(): Promise<string[]>;
  /** Mends everything, empties Redis and with it closes every breaker. */
  mend(): Promise<void>;
  /** Forgets what this isolate remembers of breakers, as if another one took the next request. */
  forget(): void;
};

/** How many writes lie between two at which a worker is killed: every one in the long run, some of them in the short one. */
export const DEATH_STEP = inject('deathStep');

export const SERVICE_TOKEN = 'service-token-of-the-tests-0123456789';
export const METRICS_TOKEN = 'metrics-token-of-the-tests-0123456789';
export const PREVIOUS_TOKEN = 'the-service-token-before-it-0123456789';

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(inject('worlds') + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text) as T;
}

/** Gives the file's tests a world before them and ends it after them. @param bindings replace or add to the configuration. */
export function useWorld(options: WorldOptions = {}, bindings: Bindings = {}): World {
  let urls: WorldAddresses | null = null;
  let env: Bindings | null = null;
  let redisBroke = false;
  const needed = <T>(value: T | null): T => {
    if (value === null) throw new Error('the world begins with the first test');
    return value;
  };
  const forget = renewIsolate;
  beforeAll(async () => {
    forget();
    urls = await ask<WorldAddresses>('POST', '', options);
    env = {
      SERVICE_TOKEN,
      SERVICE_TOKEN_PREVIOUS: PREVIOUS_TOKEN,
      METRICS_TOKEN,
      QDRANT_URL: urls.qdrant,
      OLLAMA_URL: urls.ollama,
      REDIS_URL: urls.redis,
      // Patience for a machine that is busy with other suites; how short it is in earnest, the kernel's suites say.
      REDIS_TIMEOUT_MS: '5000',
      // Every request does its own work, but for the suites of the caches.
      CACHE_TTL_SECONDS: '0',
      OLLAMA_EMBEDDING_MODEL: 'emulated-embed',
      OLLAMA_GENERATION_MODEL: 'emulated-extract',
      ...bindings,
    };
  });
  afterAll(async () => {
    // Only Node keeps connections beyond a request.
    if ('closeRedisPool' in redis) redis.closeRedisPool();
    await ask('DELETE', `/${needed(urls).id}`);
  });
  return {
    get env() {
      return needed(env);
    },
    get urls() {
      return needed(urls);
    },
    async fault(service, fault) {
      redisBroke ||= service === 'redis';
      await ask('POST', `/${needed(urls).id}/${service}`, fault);
    },
    calls: async () => ask('GET', `/${needed(urls).id}`),
    async mend() {
      forget();
      await ask('POST', `/${needed(urls).id}/mend`);
      // A pool that lost its connection takes up to a second to have it back.
      if (redisBroke && 'closeRedisPool' in redis) redis.closeRedisPool();
      redisBroke = false;
    },
    forget,
  };
}
