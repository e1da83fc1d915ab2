/** A value that views watch. */
export type Store<T> = { get(): T; set(next: T | ((before: T) => T)): void; subscribe(told: () => void): () => void };

/** Keeps a value and tells who watches it when it is another one. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const watchers = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const after = typeof next === 'function' ? (next as (before: T) => T)(value) : next;
      if (Object.is(after, value)) return;
      value = after;
      for (const tell of watchers) tell();
    },
    subscribe(told) {
      watchers.add(told);
      return () => void watchers.delete(told);
    },
  };
}
