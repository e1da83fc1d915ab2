import type { Model } from './models.ts';

/** A model in memory, held for one request; `release` gives its place to the next. */
export type Held = { loadMs: number; release: () => void };
export type Scheduler = {
  /** Waits for a place and for the model to load; rejects with `QueueFull`. Leaves the queue when the signal aborts. */
  acquire(model: Model, numCtx: number, keepAliveMs: number, signal: AbortSignal): Promise<Held>;
  /** Takes a model out of memory, after the requests that use it. */
  unload(model: Model): void;
  loaded(): { model: Model; expiresAt: number; numCtx: number }[];
};

export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

/** `keepAliveMs` is the last request's; `expiresAt` is infinite while there are `users`, whose last one resolves `idle`. */
type Loaded = {
  model: Model;
  numCtx: number;
  keepAliveMs: number;
  expiresAt: number;
  users: number;
  ready: Promise<void>;
  idle: PromiseWithResolvers<void>;
};

/**
 * Keeps which models are loaded and lets `parallel` requests work at a time, in the order they came.
 *
 * A model that is not loaded, or is loaded with another `num_ctx`, takes `coldLoadMs`, once for all who ask for it meanwhile. It is unloaded
 * `keepAliveMs` after its last request. Source: Ollama's FAQ, "How does Ollama handle concurrent requests?" and "How do I keep a model loaded in memory?".
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
    for (const [name, one] of models) if (one.users === 0 && one.expiresAt <= now()) models.delete(name);
  };
  const load = (model: Model, numCtx: number, keepAliveMs: number): Loaded => {
    const ready = coldLoadMs > 0 ? wait(coldLoadMs) : Promise.resolve();
    const one = { model, numCtx, keepAliveMs, expiresAt: Infinity, users: 0, ready, idle: Promise.withResolvers<void>() };
    models.set(model.name, one);
    return one;
  };
  /** Marks the model as used, and has it loaded anew where it is there with another context and nobody uses it any more. */
  const use = async (model: Model, numCtx: number, keepAliveMs: number): Promise<Loaded> => {
    for (;;) {
      expire();
      const known = models.get(model.name);
      if (known !== undefined && known.numCtx !== numCtx && known.users > 0) {
        await known.idle.promise;
        continue;
      }
      const isCold = known === undefined || known.numCtx !== numCtx;
      const one = isCold ? load(model, numCtx, keepAliveMs) : known;
      if (one.users++ === 0) one.idle = Promise.withResolvers();
      one.keepAliveMs = keepAliveMs;
      one.expiresAt = Infinity;
      return one;
    }
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
      const started = now();
      const one = await use(model, numCtx, keepAliveMs);
      await one.ready;
      return {
        loadMs: now() - started,
        release() {
          if (--one.users === 0) {
            one.expiresAt = now() + one.keepAliveMs;
            one.idle.resolve();
          }
          expire();
          leave();
        },
      };
    },
    unload(model) {
      const one = models.get(model.name);
      if (one === undefined) return;
      one.keepAliveMs = 0;
      if (one.users === 0) models.delete(model.name);
    },
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
