import type { Redis } from '../upstreams/redis.ts';
import { measuredHere } from './meter.ts';

/**
 * On Node the counters stay in the process, and Prometheus asks each of them and adds up: so they go on while Redis is away, which is
 * when they are looked at, and nothing is told to anybody after a request.
 *
 * A process that ends takes with it what it measured since the last scrape. At the edge: `registry.workerd.ts`.
 */
export async function tellMeasured(_redis: Redis, _now: number): Promise<void> {}

/** What this process measured since it began, by field. */
export async function readMeasured(_redis: Redis): Promise<ReadonlyMap<string, number>> {
  return measuredHere();
}
