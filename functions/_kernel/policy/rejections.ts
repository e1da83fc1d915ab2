import type { Dependency } from '../failure.ts';
import type { Isolate } from './isolate.ts';
import type { Grant } from './machine.ts';
import type { BreakerSettings } from './settings.ts';

/**
 * The breakers that this isolate knows to be open, so that rejecting costs no round trip (upstash/ratelimit-js, `blockUntil`).
 *
 * Believed for at most `memoryMs`, so that a person's closing and a clock that stepped back are noticed soon.
 */
export type Rejections = {
  recall(dependency: Dependency): Grant | null;
  remember(dependency: Dependency, admission: 'open' | 'isolated', retryAfterMs: number): void;
  forget(dependency: Dependency): void;
};

/** Opens the isolate's memory of open breakers. */
export function rejections(isolate: Isolate, settings: BreakerSettings, now: () => number): Rejections {
  const known = isolate.rejections;
  return {
    recall(dependency) {
      const rejection = known.get(dependency);
      if (rejection === undefined) return null;
      const at = now();
      const left = rejection.believedUntil - at;
      if (left <= 0 || left > settings.memoryMs) {
        known.delete(dependency);
        return null;
      }
      const { admission, opensAt } = rejection;
      return { admission, generation: 0, at, retryAfterMs: Math.max(left, opensAt - at), failures: 0, opens: 0 };
    },
    remember(dependency, admission, retryAfterMs) {
      const at = now();
      const believedMs = admission === 'isolated' ? settings.memoryMs : Math.min(settings.memoryMs, retryAfterMs);
      known.set(dependency, { admission, believedUntil: at + believedMs, opensAt: at + retryAfterMs });
    },
    forget: (dependency) => void known.delete(dependency),
  };
}
