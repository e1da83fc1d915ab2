import { BulkheadRejectedError } from 'cockatiel';
import type { Dependency } from '../failure.ts';
import type { Isolate } from './isolate.ts';

let calls = 0;

/**
 * Takes one of the isolate's slots for a dependency and returns how to give it back; harmless to repeat.
 *
 * There is no queue: a request that waits for another one's call is lost with it when a Worker is cancelled. For the same
 * reason a slot ends by itself at `endsAt` (ms), since nobody gives back that of a cancelled request.
 *
 * @throws cockatiel's `BulkheadRejectedError` when all `limit` slots are taken.
 */
export function takeSlot(isolate: Isolate, dependency: Dependency, limit: number, now: number, endsAt: number): () => void {
  let slots = isolate.slots.get(dependency);
  if (slots === undefined) isolate.slots.set(dependency, (slots = new Map()));
  if (slots.size >= limit) for (const [call, end] of slots) if (end <= now) slots.delete(call);
  if (slots.size >= limit) throw new BulkheadRejectedError(limit, 0);
  const call = ++calls;
  const taken = slots;
  taken.set(call, endsAt);
  return () => void taken.delete(call);
}
