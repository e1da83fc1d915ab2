import { observed } from '../observed.ts';
import type { Client } from '../types.ts';
import { useEvery, useStore } from '../use.tsx';
import { HEALTH_LOOK_MS, history, noteHealth } from './history.ts';

const WORD = { away: 'Away', asking: 'Asking…', healthy: 'Healthy', degraded: 'Degraded', unhealthy: 'Unhealthy' } as const;

/** How the service is, in a word, on every view. */
export function Beacon({ client }: { client: Client }) {
  const { health } = useStore(history);
  const { isAway } = useStore(observed);
  useEvery(HEALTH_LOOK_MS, async () => {
    await client.health().then(
      (found) => noteHealth(found, Date.now()),
      () => {}, // `isAway` says so where it matters
    );
  }, [client]);
  const state = isAway ? 'away' : (health?.status ?? 'asking');
  return (
    <p class={`beacon ${state}`} role="status">
      <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
        <circle cx="5" cy="5" r="4" />
      </svg>
      {WORD[state]}
    </p>
  );
}

/** Says across the page that the gateway is away; there all the time, so that it is heard when it comes. */
export function Away() {
  const { isAway } = useStore(observed);
  return (
    <div role="alert" class="banner-place">
      {isAway ? <p class="banner away">The gateway does not answer. Nothing was lost; this page goes on when it is back.</p> : null}
    </div>
  );
}
