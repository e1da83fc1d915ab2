import type { Connections } from '../_kernel/connect.ts';
import type { Invocation } from '../_kernel/http/app.ts';
import type { ReapContext } from './reap.ts';
import type { WatchContext } from './watch.ts';

const sleep = (ms: number): Promise<void> => new Promise<void>((resolve) => void setTimeout(resolve, ms));

/** What the reaper needs of the world: no tenant's store in particular, since the jobs of all are kept together. */
export function reapContext({ corpus, embedder, leases, openJobs, again }: Connections): ReapContext {
  const goOnAs = again && ((tenant: string, jobId: string) => again(tenant, `/ingest/jobs/${jobId}`));
  return { store: corpus('reaper'), embedder, leases, goOnAs, tellOpen: openJobs.tell, clock: Date.now, sleep };
}

/** What ingestion needs of the world, for one tenant and one invocation. */
export function workContext(connections: Connections, call: Invocation, tenant: string): WatchContext {
  const { corpus, embedder, leases, again } = connections;
  return {
    store: corpus(tenant),
    embedder,
    leases,
    goOn: again && ((jobId) => again(tenant, `/ingest/jobs/${jobId}`)),
    clock: Date.now,
    sleep,
    defer: call.defer,
    signal: call.signal,
  };
}
