import type { BreakerView } from '../_kernel/policy/breakers.ts';
import { expose, type Gauge } from '../_kernel/telemetry/exposition.ts';
import { version } from './version.ts';

export type MetricsContext = {
  breakers: { states(): Promise<BreakerView[]>; redis(): 'up' | 'down' };
  transitions(): Promise<Record<string, number> | null>;
  measured(): Promise<ReadonlyMap<string, number> | null>;
};

const STATE: Record<BreakerView['state'], number> = { closed: 0, half_open: 1, open: 2, isolated: 2 };

/** Every way a breaker can go, so that each series begins at 0 and its first event is seen. */
const WAYS = ['closed open', 'open half_open', 'half_open open', 'half_open closed', 'closed isolated', 'open isolated', 'isolated closed'];

function gauges(views: readonly BreakerView[], transitions: Record<string, number> | null, redis: 'up' | 'down'): Gauge[] {
  const born = transitions === null ? [] : views.flatMap(({ name }) => WAYS.map((way) => [`${name} ${way}`, 0] as const));
  const moved = Object.entries({ ...Object.fromEntries(born), ...transitions }).map(([key, times]): [Record<string, string>, number] => {
    const [dependency = '', from = '', to = ''] = key.split(' ');
    return [{ dependency, from, to }, times];
  });
  return [
    { name: 'rag_build_info', type: 'gauge', help: 'Always 1; the version is the label.', samples: [[{ version }, 1]] },
    {
      name: 'rag_redis_up',
      type: 'gauge',
      help: '1 while Redis answers; without it there are no counters.',
      samples: [[{}, redis === 'up' ? 1 : 0]],
    },
    {
      name: 'rag_breaker_state',
      type: 'gauge',
      help: '0 closed, 1 half-open, 2 open or isolated.',
      samples: views.map(({ name, state }) => [{ dependency: name }, STATE[state]] as const),
    },
    {
      name: 'rag_breaker_isolated',
      type: 'gauge',
      help: '1 while a person keeps the breaker open.',
      samples: views.map(({ name, state }) => [{ dependency: name }, state === 'isolated' ? 1 : 0] as const),
    },
    { name: 'rag_breaker_transitions_total', type: 'counter', help: 'Changes of a breaker, by the states between which.', samples: moved },
  ];
}

/**
 * What the whole fleet did, in Prometheus' text format: any instance tells of all, because they add their counters up in Redis.
 *
 * While Redis is away there are gauges only, with `rag_redis_up 0`: one instance's own counters would look like a reset, and like a leap
 * when Redis is back.
 */
export async function metrics({ breakers, transitions, measured }: MetricsContext): Promise<string> {
  const [views, moved, fleet] = await Promise.all([breakers.states(), transitions(), measured()]);
  return expose(fleet ?? new Map(), gauges(views, moved, fleet === null ? 'down' : breakers.redis()));
}
