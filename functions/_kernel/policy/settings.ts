import type { Dependency } from '../failure.ts';
import * as limits from '../limits.ts';

/** How long one call may take: until its first byte, between two pieces, and in all. */
export type Patience = { firstByteMs: number; idleMs: number; totalMs: number };

/** When a breaker opens and for how long; all durations in milliseconds. */
export type BreakerSettings = {
  /** Consecutive faults that open it. */
  threshold: number;
  /** A streak of faults that is older than this starts anew. */
  windowMs: number;
  /** Open for this long, then one probe. */
  openMs: number;
  /** Doubled at each failed probe up to this. Equal to `openMs` (the default) it does not grow. */
  maxOpenMs: number;
  /** How long one attempt to reach Redis may take. */
  redisMs: number;
  /** How long an isolate does without Redis after it failed. */
  redisRetryMs: number;
  /** For how long at most an isolate rejects from memory, without asking Redis. */
  memoryMs: number;
  patience: Record<Dependency, Patience>;
  /** Calls at once from one isolate. */
  slots: Record<Dependency, number>;
};

const qdrant = (ms: number): Patience => ({ firstByteMs: ms, idleMs: ms, totalMs: ms });

const DEFAULTS: BreakerSettings = {
  threshold: limits.BREAKER_THRESHOLD,
  windowMs: limits.BREAKER_WINDOW_MS,
  openMs: limits.BREAKER_OPEN_MS,
  maxOpenMs: limits.BREAKER_MAX_OPEN_MS,
  redisMs: limits.REDIS_MS,
  redisRetryMs: limits.REDIS_RETRY_MS,
  memoryMs: limits.BREAKER_MEMORY_MS,
  patience: {
    ollama_embedding: { firstByteMs: limits.EMBED_FIRST_BYTE_MS, idleMs: limits.EMBED_IDLE_MS, totalMs: limits.EMBED_TOTAL_MS },
    ollama_generation: { firstByteMs: limits.GENERATE_FIRST_BYTE_MS, idleMs: limits.GENERATE_IDLE_MS, totalMs: limits.GENERATE_TOTAL_MS },
    qdrant_search: qdrant(limits.QDRANT_SEARCH_MS),
    qdrant_write: qdrant(limits.QDRANT_WRITE_MS),
  },
  slots: {
    ollama_embedding: limits.EMBED_CALLS_MAX,
    ollama_generation: limits.GENERATE_CALLS_MAX,
    qdrant_search: limits.QDRANT_SEARCH_CALLS_MAX,
    qdrant_write: limits.QDRANT_WRITE_CALLS_MAX,
  },
};

/** Fills what is not given from `limits.ts`; `maxOpenMs` is never below `openMs`, and follows it when only `openMs` is given. */
export function breakerSettings(given: Partial<BreakerSettings> = {}): BreakerSettings {
  const settings = { ...DEFAULTS, ...given };
  const maxOpenMs = given.maxOpenMs ?? (given.openMs === undefined ? settings.maxOpenMs : given.openMs);
  return { ...settings, maxOpenMs: Math.max(settings.openMs, maxOpenMs) };
}

/** The lease of a probe, in ms: its deadline (the first byte's for a stream, which then holds no lease) and a margin for the report. */
export function leaseMs(settings: BreakerSettings, dependency: Dependency, call: 'whole' | 'streamed'): number {
  const patience = settings.patience[dependency];
  return (call === 'streamed' ? patience.firstByteMs : patience.totalMs) + limits.BREAKER_LEASE_MARGIN_MS;
}

/** Patience with a model that must load first: its first byte may take as long as loading does, and all else follows that. */
export function coldPatience(patience: Patience): Patience {
  return { ...patience, firstByteMs: limits.MODEL_LOAD_MS, totalMs: limits.MODEL_LOAD_MS + patience.totalMs };
}

/** No lease lasts longer than this, in ms: one that seems to was written before the clock stepped back. */
export function longestLeaseMs(settings: BreakerSettings, dependency: Dependency): number {
  return coldPatience(settings.patience[dependency]).totalMs + limits.BREAKER_LEASE_MARGIN_MS;
}
