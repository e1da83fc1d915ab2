import type { BreakerView } from '../_kernel/policy/breakers.ts';
import type { OpenJobs } from '../_kernel/telemetry/open-jobs.ts';
import { expose, type Gauge } from '../_kernel/telemetry/exposition.ts';
import { version } from './version.ts';

export type MetricsContext = {
  breakers: { states(): Promise<BreakerView[]>; redis(): 'up' | 'down' };
  measured(): Promise<ReadonlyMap<string, number> | null>;
  openJobs: { read(): Promise<OpenJobs | null> };
};

const STATE: Record<BreakerView['state'], number> = { closed: 0, half_open: 1, open: 2, isolated: 2 };

function gauges(views: readonly BreakerView[], redis: 'up' | 'down', jobs: OpenJobs | null): Gauge[] {
  return [
    { name: 'rag_build_info', help: 'Always 1; the version is the label.', samples: [[{ version }, 1]] },
    {
      name: 'rag_redis_up',
      help: '1 while Redis answers this instance.',
      samples: [[{}, redis === 'up' ? 1 : 0]],
    },
    {
      name: 'rag_breaker_state',
      help: '0 closed, 1 half-open, 2 open or isolated.',
      samples: views.map(({ name, state }) => [{ dependency: name }, STATE[state]] as const),
    },
    {
      name: 'rag_breaker_isolated',
      help: '1 while a person keeps the breaker open.',
      samples: views.map(({ name, state }) => [{ dependency: name }, state === 'isolated' ? 1 : 0] as const),
    },
    {
      name: 'rag_jobs_open',
      help: 'Jobs that have not ended, as the last round of the reaper found them: queued (nobody works on it) or running; none while no round has told.',
      samples: Object.entries(jobs ?? {}).map(([state, count]) => [{ state }, count] as const),
    },
  ];
}

/**
 * What was done, in Prometheus' text format. Counters are summed over instances; gauges are what this instance sees of what all share, so
 * of them the largest (of `rag_redis_up` the least) is taken.
 *
 * In containers each process has counters of its own, and Prometheus scrapes every replica: they need no Redis, so an outage is seen
 * while it lasts, and a replica that hangs is seen as one that does not answer. An isolate at the edge has no address to scrape: there
 * all add up in Redis, any one answers for the fleet, and while Redis is away there are gauges only, with `rag_redis_up 0`, since one
 * isolate's counters would look like a reset, and like a leap when Redis is back.
 */
export async function metrics({ breakers, measured, openJobs }: MetricsContext): Promise<string> {
  const [views, counted, jobs] = await Promise.all([breakers.states(), measured(), openJobs.read()]);
  return expose(counted, gauges(views, counted === null ? 'down' : breakers.redis(), jobs));
}
