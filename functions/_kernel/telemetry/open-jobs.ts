import { JOBS_SEEN_MS } from '../limits.ts';
import { askIfThere } from '../if-there.ts';
import type { Redis } from '../upstreams/redis.ts';

/** Key `jobs:{rag}:open`: what the last round of the reaper found, `<queued> <running>`; expires after three rounds (`JOBS_SEEN_MS`). */
const KEY = 'jobs:{rag}:open';

/** Jobs of all tenants that have not ended, by whether somebody works on them. */
export type OpenJobs = { queued: number; running: number };

/**
 * The open jobs, as the reaper left them for whoever is scraped.
 *
 * The reaper looks at every job that has not ended anyway; a scrape would have to ask Qdrant for them, which may be what is down. Who
 * works on a job only Redis knows, so without it nobody could tell.
 */
export function createOpenJobs(redis: Redis) {
  return {
    tell: async ({ queued, running }: OpenJobs): Promise<void> =>
      void (await askIfThere(redis, ['SET', KEY, `${queued} ${running}`, 'PX', JOBS_SEEN_MS])),
    /** Null while no round has told, or Redis is away. */
    async read(): Promise<OpenJobs | null> {
      const [, queued, running] = /^(\d+) (\d+)$/.exec(String(await askIfThere(redis, ['GET', KEY]))) ?? [];
      return queued === undefined ? null : { queued: Number(queued), running: Number(running) };
    },
  };
}
