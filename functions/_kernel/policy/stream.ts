import { UpstreamFault } from '../failure.ts';
import type { Watch } from './deadlines.ts';

/** A stream whose first item has arrived. */
export type Opened<T> = { first: T; items: AsyncIterator<T>; watch: Watch };

/** How a stream ended: by itself, with an error, or because its reader went. */
export type End = { kind: 'complete' } | { kind: 'failed'; error: unknown } | { kind: 'abandoned' };

/**
 * The items of an opened stream, with exactly one end: after it every `next` is done.
 *
 * The idle deadline counts while an item is awaited, not while the reader works. `settle` is called once and gives back the
 * error to throw. A reader that returns early cancels the call at once, even in the middle of a `next`.
 */
export function endOnce<T>({ first, items, watch }: Opened<T>, settle: (end: End) => Promise<unknown>): AsyncIterable<T> {
  let state: 'first' | 'open' | 'ended' = 'first';
  const done = { done: true, value: undefined } as const;

  const finish = (end: End): Promise<unknown> => {
    state = 'ended';
    watch.end(end.kind !== 'complete');
    if (end.kind !== 'complete') letGo(items);
    return settle(end);
  };
  const iterator: AsyncIterableIterator<T> = {
    [Symbol.asyncIterator]: () => iterator,
    async next() {
      if (state === 'ended') return done;
      if (state === 'first') {
        state = 'open';
        return { done: false, value: first };
      }
      watch.heard();
      try {
        const item = await watch.race(items.next());
        if (item.done === true) {
          await finish({ kind: 'complete' });
          return done;
        }
        watch.rest();
        return { done: false, value: item.value };
      } catch (error) {
        if (ended(state)) return done;
        throw await finish({ kind: 'failed', error });
      }
    },
    async return() {
      if (state !== 'ended') await finish({ kind: 'abandoned' });
      return done;
    },
  };
  return iterator;
}

/** The state may have changed across an await, which the compiler's narrowing does not see. */
function ended(state: string): boolean {
  return state === 'ended';
}

/** Lets a generator run its `finally`; not awaited, since one that hangs in its own `next` would hold the reader for ever. */
function letGo(items: AsyncIterator<unknown>): void {
  items.return?.().catch(() => {});
}

/** Awaits the first item; a stream without one was cut. */
export async function open<T>(items: AsyncIterator<T>, watch: Watch, cut: () => UpstreamFault): Promise<Opened<T>> {
  try {
    const item = await watch.race(items.next());
    if (item.done === true) throw cut();
    watch.rest();
    return { first: item.value, items, watch };
  } catch (error) {
    letGo(items);
    throw error;
  }
}
