import type { Dependency } from '../failure.ts';
import { MODEL_LOADED_MS, MODEL_WARM_MS } from '../limits.ts';
import { watch, type Watch } from './deadlines.ts';
import type { Isolate } from './isolate.ts';
import { coldPatience, type BreakerSettings, type Patience } from './settings.ts';

/** A model that may have to load first, and how to ask whether it is loaded; asked only when this isolate does not know. */
export type Model = { name: string; loaded: (signal: AbortSignal) => Promise<boolean> };

/** Models remembered as warm by one isolate; a deployment serves a handful. */
const WARM_MODELS_MAX = 64;

export type AttemptOptions = {
  dependency: Dependency;
  settings: BreakerSettings;
  isolate: Isolate;
  /** When the call as a whole must be over, retries included; epoch ms. */
  endsAt: number;
  callerEndsAt: number | null;
  caller: AbortSignal | null;
  now: () => number;
  model: Model | null;
  /** Told when the model must load first, and how patient the attempt is from there. */
  onCold: (patience: Patience) => Promise<void>;
};

/**
 * One attempt under its deadlines. `work` gets the watch, and ends it when a part of the call outlives the attempt (a stream).
 *
 * A model that is not loaded has its own patience; a server that cannot even say whether it is has failed. The call is
 * cancelled when the attempt fails.
 */
export async function attempt<T>(options: AttemptOptions, work: (watching: Watch) => Promise<T>): Promise<T> {
  const { dependency, settings, endsAt, callerEndsAt, caller, now, model, isolate } = options;
  const patience = settings.patience[dependency];
  const watching = watch({ dependency, patience, endsAt, callerEndsAt, caller, now });
  try {
    if (model !== null && !isWarm(isolate, dependency, model, now()) && !(await isLoaded(model, watching, options))) {
      const cold = coldPatience(patience);
      watching.load(cold);
      await options.onCold(cold);
    }
    const result = await watching.race(work(watching));
    if (model !== null) markWarm(isolate, dependency, model, now());
    return result;
  } catch (error) {
    watching.end(true);
    throw error;
  }
}

async function isLoaded(model: Model, watching: Watch, { dependency, now }: AttemptOptions): Promise<boolean> {
  const patience = { firstByteMs: MODEL_LOADED_MS, idleMs: MODEL_LOADED_MS, totalMs: MODEL_LOADED_MS };
  const asking = watch({ dependency, patience, endsAt: now() + MODEL_LOADED_MS, callerEndsAt: null, caller: watching.signal, now });
  try {
    return await watching.race(asking.race(model.loaded(asking.signal)));
  } finally {
    asking.end(true);
  }
}

const warmKey = (dependency: Dependency, model: Model): string => `${dependency} ${model.name}`;

function isWarm(isolate: Isolate, dependency: Dependency, model: Model, now: number): boolean {
  return (isolate.warm.get(warmKey(dependency, model)) ?? 0) > now;
}

function markWarm(isolate: Isolate, dependency: Dependency, model: Model, now: number): void {
  if (isolate.warm.size >= WARM_MODELS_MAX) isolate.warm.clear();
  isolate.warm.set(warmKey(dependency, model), now + MODEL_WARM_MS);
}
