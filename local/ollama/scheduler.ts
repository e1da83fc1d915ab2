import type { Model } from './models.ts';

/** A model in memory, held for one request; `release` gives its place to the next. */
export type Held = { loadMs: number; release: () => void };
export type Scheduler = {
  /** Waits for a place and for the model to load; rejects with `QueueFull`. Leaves the queue when the signal aborts. */
  acquire(model: Model, numCtx: number, keepAliveMs: number, signal: AbortSignal): Promise<Held>;
  unload(model: Model): void;
  loaded(): { model: Model; expiresAt: number; numCtx: number }[];
};

export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

type Loaded = { model: Model; numCtx: number; keepAliveMs: number; expiresAt: number };

/**
 * Keeps which models are loaded and lets `parallel` requests work at a time, in the order they came.
 *
 * A model that is not loaded, or is loaded with another `num_ctx`, takes `coldLoadMs`. It is unloaded `keepAliveMs` after its last
 * request. Source: Ollama's FAQ, "How does Ollama handle concurrent requests?" and "How do I keep a model loaded in memory?".
 */
export function createScheduler(options: {
  parallel: number;
  maxQueue: number;
  coldLoadMs: number;
  now: () => number;
  wait: (ms: number) => Promise<void>;
}): Scheduler {
  const { parallel, maxQueue, coldLoadMs, now, wait } = options;
  const models = new Map<string, Loaded>();
  const queue: (() => void)[] = [];
  let working = 0;

  const expire = (): void => {
    for (const [name, one] of models) if (one.expiresAt <= now()) models.delete(name);
  };
  const enter = async (signal: AbortSignal): Promise<void> => {
    if (working < parallel) return void working++;
    if (queue.length >= maxQueue) throw new QueueFull();
    await new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        queue.splice(queue.indexOf(turn), 1);
        reject(new Error('the caller left the queue'));
      };
      queue.push(turn);
      signal.addEventListener('abort', leave, { once: true });
    });
  };
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) working--;
    else next();
  };

  return {
    async acquire(model, numCtx, keepAliveMs, signal) {
      await enter(signal);
      expire();
      const known = models.get(model.name);
      const started = now();
      const cold = known === undefined || known.numCtx !== numCtx;
      if (cold && coldLoadMs > 0) await wait(coldLoadMs);
      const loaded = { model, numCtx, keepAliveMs, expiresAt: Infinity };
      models.set(model.name, loaded);
      return {
        loadMs: cold ? now() - started : 0,
        release() {
          loaded.expiresAt = now() + keepAliveMs;
          expire();
          leave();
        },
      };
    },
    unload: (model) => void models.delete(model.name),
    loaded() {
      expire();
      return [...models.values()].map(({ model, expiresAt, numCtx, keepAliveMs }) => ({
        model,
        numCtx,
        expiresAt: expiresAt === Infinity ? now() + keepAliveMs : expiresAt,
      }));
    },
  };
}
