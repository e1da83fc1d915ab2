import type { Dependency } from '../failure.ts';
import type { BreakerState } from './machine.ts';

/**
 * What one isolate (or Node process) remembers between requests: plain data only.
 *
 * A Worker may be cancelled at any await, so nothing here can be left in a state that only `finally` would undo:
 * every entry ends by itself at a time that it carries. Times are this isolate's clock in ms.
 */
export type Isolate = {
  /** Breakers that were open when last asked, and until when that is believed. */
  rejections: Map<Dependency, { admission: 'open' | 'isolated'; believedUntil: number; opensAt: number }>;
  /** The machine that stands in for Redis; it mirrors what Redis last said, so that it starts from there. */
  states: Map<Dependency, BreakerState>;
  redis: { state: 'up' } | { state: 'down'; retryAt: number };
  /** Calls under way: the time by which each has surely ended. */
  slots: Map<Dependency, Map<number, number>>;
  /** Models that answered: until when they are surely loaded, by `dependency model`. */
  warm: Map<string, number>;
};

/** An isolate that remembers nothing yet. */
export function freshIsolate(): Isolate {
  return { rejections: new Map(), states: new Map(), redis: { state: 'up' }, slots: new Map(), warm: new Map() };
}

/** This isolate's memory. */
export let thisIsolate: Isolate = freshIsolate();

/** Makes this isolate one that knows nothing yet; calls under way keep the memory that they began with. */
export function renewIsolate(): void {
  thisIsolate = freshIsolate();
}
