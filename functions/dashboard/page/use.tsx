import { useEffect, useState, useSyncExternalStore } from 'hono/jsx/dom';
import type { Store } from './store.ts';

/** The value of a store, now and whenever it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Calls again and again while the page can be seen; at once the first time, and when it is seen again. */
export function useEvery(ms: number, work: () => Promise<void>, dependencies: readonly unknown[]): void {
  useEffect(() => {
    let isOver = false;
    let isAtWork = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turn = async (): Promise<void> => {
      if (isAtWork || document.hidden) return;
      clearTimeout(timer);
      isAtWork = true;
      await work();
      isAtWork = false;
      if (!isOver) timer = setTimeout(() => void turn(), ms);
    };
    const seen = () => void turn();
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, dependencies);
}

/** The time, renewed every second, for what counts down. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The text of the field that an event came from. */
export const valueOf = (event: Event): string => (event.target as HTMLInputElement).value;
