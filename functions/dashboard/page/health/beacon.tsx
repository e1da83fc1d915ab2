import { observed } from '../observed.ts';
import type { Client } from '../types.ts';
import { useEvery, useStore } from '../use.tsx';
import { history, noteHealth } from './history.ts';

/** How often the breakers are looked at; a request that is open to all and asks no dependency. */
const LOOK_MS = 3_000;

const WORD = { away: 'Gateway away', asking: 'Asking…', healthy: 'Healthy', degraded: 'Degraded', unhealthy: 'Unhealthy' } as const;

/** How the service is, in a word, on every view. */
export function Beacon({ client }: { client: Client }) {
  const { health } = useStore(history);
  const { isAway } = useStore(observed);
  useEvery(LOOK_MS, async () => {
    await client.health().then(
      (found) => noteHealth(found, Date.now()),
      () => {}, // `isAway` says so where it matters
    );
  }, [client]);
  const state = isAway ? 'away' : (health?.status ?? 'asking');
  return (
    <>
      <p class={`beacon ${state}`} role="status">
        <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
          <circle cx="5" cy="5" r="4" />
        </svg>
        {WORD[state]}
      </p>
      {isAway ? (
        <p class="away" role="alert">
          The gateway does not answer. Nothing was lost; this page goes on when it is back.
        </p>
      ) : null}
    </>
  );
}
