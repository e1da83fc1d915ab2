import { expect, test } from 'vitest';
import { createQdrant } from '../../../functions/_kernel/upstreams/qdrant.ts';
import { clusterView } from '../../../functions/status/cluster.ts';
import { json, scriptedServers } from './scripted.ts';

const serve = scriptedServers();

/** What node 1 of three answers when node 3 has just gone (shapes of Qdrant 1.19's `ClusterStatus` and `CollectionClusterInfo`). */
const ENABLED = {
  status: 'enabled',
  peer_id: 8_062_640_124_911_234,
  peers: { '1': { uri: 'http://qdrant-1:6335/' }, '2': { uri: 'http://qdrant-2:6335/' }, '3': { uri: 'http://qdrant-3:6335/' } },
  raft_info: { term: 4, commit: 120, pending_operations: 2, leader: 2, role: 'Follower', is_voter: true },
  consensus_thread_status: { consensus_thread_status: 'working', last_update: '2026-11-24T00:00:00Z' },
  message_send_failures: { 'http://qdrant-3:6335/': { count: 7, latest_error: 'Connection refused', latest_error_timestamp: null } },
};
const shard = (shard_id: number, state: string) => ({ shard_id, state });
const SHARDS = {
  peer_id: 1,
  shard_count: 2,
  local_shards: [
    { ...shard(0, 'Active'), points_count: 1 },
    { ...shard(1, 'Active'), points_count: 1 },
  ],
  remote_shards: [shard(0, 'Active'), shard(1, 'Partial'), shard(0, 'Dead'), shard(1, 'Dead')].map((one) => ({ ...one, peer_id: 2 })),
  shard_transfers: [],
};

async function viewOf(cluster: object, collections: string[], status = 200, statusOfShards = 200) {
  const { url } = await serve((response, { url: path = '' }) => {
    if (path === '/cluster') return json(status, { result: cluster })(response);
    if (path === '/collections/ann.c.v1/cluster') return json(statusOfShards, { result: SHARDS })(response);
    return json(404, { status: { error: 'Not found' } })(response);
  });
  return clusterView(createQdrant({ url, apiKey: null, headers: {} }), AbortSignal.timeout(5_000), collections);
}

test('a cluster shows its peers, whether they agree, and which copies are dead; no address', async () => {
  const view = await viewOf(ENABLED, ['ann.c.v1', 'gone']);
  expect(view).toEqual({
    peers: 3,
    unreachable: 1,
    consensus: 'working',
    leader: true,
    pendingOperations: 2,
    shards: { active: 3, dead: 2, recovering: 1 },
  });
  expect(JSON.stringify(view)).not.toContain('qdrant-');
});

test('a cluster that lost its quorum has no leader; one whose consensus stopped says so', async () => {
  const lost = { ...ENABLED, raft_info: { ...ENABLED.raft_info, leader: null, role: 'Candidate' } };
  expect(await viewOf(lost, [])).toMatchObject({ leader: false, consensus: 'working' });
  const stopped = { ...ENABLED, consensus_thread_status: { consensus_thread_status: 'stopped_with_err', err: 'secret path' } };
  const view = await viewOf(stopped, []);
  expect(view).toMatchObject({ consensus: 'stopped_with_err' });
  expect(JSON.stringify(view)).not.toContain('secret');
});

test('a single node has no cluster', async () => {
  expect(await viewOf({ status: 'disabled' }, ['ann.c.v1'])).toBeNull();
});

test('a key that may not look at the cluster learns nothing of it, and that is no fault', async () => {
  expect(await viewOf({ status: 'enabled' }, [], 403)).toBeNull();
});

test('copies that cannot be seen are not told as if there were none: the key may not, or Qdrant fails', async () => {
  expect(await viewOf(ENABLED, ['ann.c.v1'], 200, 403)).toBeNull();
  await expect(viewOf(ENABLED, ['ann.c.v1'], 200, 500)).rejects.toThrow();
  await expect(viewOf(ENABLED, [], 500)).rejects.toThrow();
});
