import type { Connections } from '../_kernel/connect.ts';
import type { Invocation } from '../_kernel/http/app.ts';
import type { WatchContext } from './watch.ts';

/** What ingestion needs of the world, for one tenant and one invocation. */
export function workContext(connections: Connections, call: Invocation, tenant: string): WatchContext {
  const { corpus, embedder, leases, again } = connections;
  return {
    store: corpus(tenant),
    embedder,
    leases,
    goOn: again && ((jobId) => again(tenant, `/ingest/jobs/${jobId}`)),
    clock: Date.now,
    sleep: (ms) => new Promise<void>((resolve) => void setTimeout(resolve, ms)),
    defer: call.defer,
    signal: call.signal,
  };
}
