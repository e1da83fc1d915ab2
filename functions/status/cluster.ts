import { JOBS_PHYSICAL } from '../_kernel/corpus/names.ts';
import { UpstreamFault } from '../_kernel/failure.ts';
import { CLUSTER_COLLECTIONS_MAX } from '../_kernel/limits.ts';
import type { Qdrant } from '../_kernel/upstreams/qdrant.ts';
import type { ClusterView } from './contract.ts';

type Replica = { state: string };

const answered = (error: unknown, ...statuses: number[]): boolean =>
  error instanceof UpstreamFault && error.fault.kind === 'status' && statuses.includes(error.fault.status);

/** Every replica of a collection's shards, as the peer that was asked sees them; none when the collection is gone. */
async function replicasOf(qdrant: Qdrant, signal: AbortSignal, collection: string): Promise<Replica[]> {
  try {
    const info = await qdrant('qdrant_search', signal, (api, init) => api.collectionClusterInfo({ collection_name: collection }, init));
    return [...info.local_shards, ...info.remote_shards];
  } catch (error) {
    if (answered(error, 404)) return [];
    throw error;
  }
}

/**
 * How Qdrant's cluster stands, as the peer that answers sees it: its peers, whether they agree, and the copies of the given collections.
 * Null for a single node, which has none of this, and where the key may not ask.
 *
 * No peer's address is told. At most `CLUSTER_COLLECTIONS_MAX` collections are looked at.
 * Source: https://qdrant.tech/documentation/guides/distributed_deployment/
 */
export async function clusterView(qdrant: Qdrant, signal: AbortSignal, collections: readonly string[]): Promise<ClusterView | null> {
  try {
    return await viewOf(qdrant, signal, collections);
  } catch (error) {
    if (answered(error, 401, 403)) return null;
    throw error;
  }
}

async function viewOf(qdrant: Qdrant, signal: AbortSignal, collections: readonly string[]): Promise<ClusterView | null> {
  const cluster = await qdrant('qdrant_search', signal, (api, init) => api.clusterStatus({}, init));
  if (cluster.status !== 'enabled') return null;
  const looked = [JOBS_PHYSICAL, ...collections].slice(0, CLUSTER_COLLECTIONS_MAX);
  const replicas = (await Promise.all(looked.map((one) => replicasOf(qdrant, signal, one)))).flat();
  const count = (...states: string[]): number => replicas.filter(({ state }) => states.includes(state)).length;
  const active = count('Active', 'ActiveRead');
  const dead = count('Dead');
  return {
    peers: Object.keys(cluster.peers).length,
    unreachable: Object.keys(cluster.message_send_failures).length,
    consensus: cluster.consensus_thread_status.consensus_thread_status,
    leader: typeof cluster.raft_info.leader === 'number',
    pendingOperations: cluster.raft_info.pending_operations,
    shards: { active, dead, recovering: replicas.length - active - dead },
  };
}
