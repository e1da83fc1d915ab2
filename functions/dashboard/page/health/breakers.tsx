import { useState } from 'hono/jsx/dom';
import { Alert } from '../parts.tsx';
import type { Roles } from '../session.ts';
import type { Breaker, Client } from '../types.ts';
import { useNow, useStore } from '../use.tsx';
import { count, DEPENDENCY, duration, sayError } from '../words.ts';
import { history, noteHealth, REMEMBERED_MS, type BreakerName } from './history.ts';
import type { BreakerState, Change } from './state.ts';

const STATE: Readonly<Record<BreakerState, string>> = {
  closed: 'closed: calls go through',
  open: 'open: calls are turned away',
  half_open: 'half-open: one call is probing',
  isolated: 'isolated by hand',
};

/** Each breaker: how it stands, since when, and why. */
export function Breakers({ client, roles }: { client: Client; roles: Roles }) {
  const { health, status, statusAt, breakers } = useStore(history);
  const now = useNow();
  const [problem, setProblem] = useState<string | null>(null);
  const steer = async (name: BreakerName, state: 'isolated' | 'closed'): Promise<void> => {
    try {
      await client.steer(name, state);
      noteHealth(await client.health(), Date.now());
      setProblem(null);
    } catch (error) {
      setProblem(sayError(error));
    }
  };
  return (
    <section aria-labelledby="breakers-title">
      <h2 id="breakers-title">Circuit breakers</h2>
      <Alert text={problem} />
      <ul class="breakers">
        {(Object.entries(health?.circuitBreakers ?? {}) as [BreakerName, BreakerState][]).map(([name, state]) => (
          <li key={name} class={`breaker ${state}`}>
            <div class="row spread">
              <h3>
                {DEPENDENCY[name]} <span class="hint">{name}</span>
              </h3>
              <span class="state" role="status">
                {STATE[state]}
              </span>
            </div>
            <TimeLine name={name} changes={breakers[name] ?? []} now={now} />
            <Details view={status?.circuitBreakers[name] ?? null} state={state} elapsedMs={now - statusAt} />
            {roles.admin ? (
              <div class="row">
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Isolate ${name}`}
                  disabled={state === 'isolated'}
                  onClick={() => void steer(name, 'isolated')}
                >
                  Isolate
                </button>
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Close ${name}`}
                  disabled={state === 'closed'}
                  onClick={() => void steer(name, 'closed')}
                >
                  Close
                </button>
              </div>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Details({ view, state, elapsedMs }: { view: Breaker | null; state: BreakerState; elapsedMs: number }) {
  if (view === null) return <p class="hint">Asking…</p>;
  const left = view.retryAfterMs - elapsedMs;
  const parts = [
    view.failures > 0 ? `${count(view.failures, 'failure')} in a row` : 'no failures',
    ...(view.lastReason === null ? [] : [`last: ${view.lastReason.replaceAll('_', ' ')}`]),
    ...(state === 'open' ? [left > 0 ? `next probe in ${Math.ceil(left / 1_000)} s` : 'the next call probes'] : []),
    ...(view.since === null ? [] : [`since ${new Date(view.since).toLocaleTimeString('en')}`]),
  ];
  return <p class="hint">{parts.join(' · ')}</p>;
}

/** The least that a time line spans, so that a first look is not all there is of it. */
const SHOWN_MIN_MS = 60_000;

/** The states since this page was opened, from left to right; now is at the right end. */
function TimeLine({ name, changes, now }: { name: string; changes: readonly Change[]; now: number }) {
  const span = Math.min(REMEMBERED_MS, Math.max(SHOWN_MIN_MS, now - (changes[0]?.at ?? now)));
  const x = (at: number) => Math.max(0, 600 * (1 - (now - at) / span));
  const told = changes.map(({ at, state }) => `${state.replace('_', '-')} from ${new Date(at).toLocaleTimeString('en')}`).join(', ');
  return (
    <svg
      class="time-line"
      viewBox="0 0 600 12"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${name}, last ${duration(span)}: ${told}`}
    >
      <rect class="track" width="600" height="12" />
      {changes.map(({ at, state }, i) => {
        const from = x(at);
        const to = i + 1 < changes.length ? x(changes[i + 1]!.at) : 600;
        return <rect key={at} class={state} x={from} width={Math.max(2, to - from)} height="12" />;
      })}
    </svg>
  );
}
