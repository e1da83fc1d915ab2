import { useState } from 'hono/jsx/dom';
import { Alert, Confirm } from '../parts.tsx';
import { problemOf, type Problem } from '../problem.ts';
import type { Roles } from '../session.ts';
import type { Breaker, Client } from '../types.ts';
import { useNow, useStore } from '../use.tsx';
import { clockTime, count, DEPENDENCY, duration } from '../words.ts';
import { HEALTH_LOOK_MS, history, noteHealth, STALE_MS, type BreakerName } from './history.ts';
import type { BreakerState } from './state.ts';
import { Legend, TimeLine } from './time-line.tsx';

const STATE: Readonly<Record<BreakerState, string>> = {
  closed: 'closed: calls go through',
  open: 'open: calls are turned away',
  half_open: 'half-open: one call is probing',
  isolated: 'isolated by hand',
};

/** Each breaker: how it stands, since when, and why. */
export function Breakers({ client, roles }: { client: Client; roles: Roles }) {
  const { health, healthAt, status, statusAt, breakers } = useStore(history);
  const now = useNow();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [doomed, setDoomed] = useState<BreakerName | null>(null);
  const steer = async (name: BreakerName, state: 'isolated' | 'closed'): Promise<void> => {
    setDoomed(null);
    try {
      await client.steer(name, state);
      noteHealth(await client.health(), Date.now());
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  const isKnown = now - healthAt <= STALE_MS;
  return (
    <section aria-labelledby="breakers-title">
      <h2 id="breakers-title">Circuit breakers</h2>
      <Alert problem={problem} />
      {health === null ? <p class="hint">Not known yet.</p> : <Legend />}
      <ul class="breakers">
        {(Object.entries(health?.circuitBreakers ?? {}) as [BreakerName, BreakerState][]).map(([name, state]) => (
          <li key={name} class={`breaker ${isKnown ? state : 'unknown'}`}>
            <div class="row spread">
              <h3>
                {DEPENDENCY[name]} <span class="hint">{name}</span>
              </h3>
              <span class="state" role="status">
                {isKnown ? STATE[state] : `unknown since ${clockTime(healthAt)}`}
              </span>
            </div>
            <TimeLine name={name} changes={breakers[name] ?? []} seenAt={isKnown ? now : healthAt} now={now} />
            {isKnown ? <Details view={status?.circuitBreakers[name] ?? null} state={state} elapsedMs={now - statusAt} /> : null}
            {roles.admin ? (
              <div class="row">
                <Steer label="Isolate" name={name} isThere={state === 'isolated'} act={() => setDoomed(name)} />
                <Steer label="Close" name={name} isThere={state === 'closed'} act={() => void steer(name, 'closed')} />
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      {health === null ? null : (
        <p class="hint">
          Looked at every {duration(HEALTH_LOOK_MS)}: what is shorter, as a probe is, can be missing from the lines; the counts have it.
        </p>
      )}
      {doomed === null ? null : (
        <Confirm
          question={`Isolate ${doomed}?`}
          detail="Every instance turns its calls away at once, for every tenant, until somebody closes the breaker again."
          verb="Isolate"
          refusal="Leave it"
          onYes={() => void steer(doomed, 'isolated')}
          onNo={() => setDoomed(null)}
        />
      )}
    </section>
  );
}

/** A button that stays where the focus is, also when there is nothing to do with it. */
function Steer({ label, name, isThere, act }: { label: string; name: BreakerName; isThere: boolean; act: () => void }) {
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`${label} ${name}`}
      aria-disabled={isThere ? 'true' : null}
      onClick={() => (isThere ? undefined : act())}
    >
      {label}
    </button>
  );
}

function Details({ view, state, elapsedMs }: { view: Breaker | null; state: BreakerState; elapsedMs: number }) {
  if (view === null) return <p class="hint">Asking…</p>;
  const left = view.retryAfterMs - elapsedMs;
  const last = view.lastReason?.replaceAll('_', ' ');
  const counts = Object.entries(view.transitions ?? {});
  const times = (end: string) => counts.filter(([name]) => name.endsWith(end)).reduce((sum, [, n]) => sum + n, 0);
  const parts = [
    view.failures > 0 ? `${count(view.failures, 'failure')} in a row` : 'no failure since it last answered',
    ...(last === undefined ? [] : [`the last one: ${last}`]),
    ...(state === 'open' ? [left > 0 ? `next probe in ${Math.ceil(left / 1_000)} s` : 'the next call probes'] : []),
    ...(view.since === null ? [] : [`since ${new Date(view.since).toLocaleTimeString('en')}`]),
    ...(times('_to_open') > 0
      ? [`opened ${count(times('_to_open'), 'time')}, probed ${count(times('_to_half_open'), 'time')} in all`]
      : []),
  ];
  return <p class="hint">{parts.join(' · ')}</p>;
}
