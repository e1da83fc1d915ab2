import { duration } from '../words.ts';
import { REMEMBERED_MS } from './history.ts';
import type { Change } from './state.ts';

/** The least that a time line spans, so that a first look is not all there is of it. */
const SHOWN_MIN_MS = 60_000;

const STATES = ['closed', 'open', 'half_open', 'isolated', 'unknown'] as const;
const nameOf = (state: Change['state']): string => state.replace('_', '-');

/** Which colour is which state. */
export function Legend() {
  return (
    <ul class="legend" aria-hidden="true">
      {STATES.map((state) => (
        <li key={state}>
          <svg class="time-line" viewBox="0 0 12 12" width="12" height="12">
            <rect class={state} width="12" height="12" />
          </svg>
          {nameOf(state)}
        </li>
      ))}
    </ul>
  );
}

type Props = { name: string; changes: readonly Change[]; seenAt: number; now: number };
/** The states since this page was opened, from left to right; now is at the right end. After `seenAt` nothing is known. */
export function TimeLine({ name, changes, seenAt, now }: Props) {
  const span = Math.min(REMEMBERED_MS, Math.max(SHOWN_MIN_MS, now - (changes[0]?.at ?? now)));
  const x = (at: number) => Math.max(0, 600 * (1 - (now - at) / span));
  const all: readonly Change[] = seenAt < now ? [...changes, { at: seenAt, state: 'unknown' }] : changes;
  const told = all.map(({ at, state }) => `${nameOf(state)} from ${new Date(at).toLocaleTimeString('en')}`).join(', ');
  return (
    <div>
      <svg
        class="time-line"
        viewBox="0 0 600 12"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}, last ${duration(span)}: ${told}`}
      >
        <rect class="track" width="600" height="12" />
        {all.map(({ at, state }, i) => {
          const from = x(at);
          const to = i + 1 < all.length ? x(all[i + 1]!.at) : 600;
          return <rect key={`${at}-${state}`} class={state} x={from} width={Math.max(2, to - from)} height="12" />;
        })}
      </svg>
      <Axis span={span} />
    </div>
  );
}

/** Where a line begins and where it ends. */
export function Axis({ span }: { span: number }) {
  return (
    <p class="axis" aria-hidden="true">
      <span>{duration(Math.round(span / 1_000) * 1_000)} ago</span>
      <span>now</span>
    </p>
  );
}
