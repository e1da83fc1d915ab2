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

const forgetters = new Set<() => void>();

/** Keeps what is seen with a credential: `forgetSession` makes it what it was at first. */
export function createSessionStore<T>(initial: T): Store<T> {
  const store = createStore(initial);
  forgetters.add(() => store.set(initial));
  return store;
}

/** Forgets everything that a session has seen, so that the next tenant in this tab sees nothing of it. */
export function forgetSession(): void {
  for (const forget of forgetters) forget();
}
