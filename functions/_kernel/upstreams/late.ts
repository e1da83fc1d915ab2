/**
 * A promise that rejects after `ms`, and the way to stop it.
 *
 * When the thread was busy for longer than `ms`, the timer and the answer are both due and the timer would go first; one more turn of
 * the event loop lets an answer that has already arrived win.
 */
export function late(ms: number, error: () => Error): { promise: Promise<never>; stop(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {}); // it may be stopped, or lose its race
  let timer = setTimeout(() => {
    timer = setTimeout(() => reject(error()), 1);
  }, ms);
  return { promise, stop: () => clearTimeout(timer) };
}
