import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { MigrationError, type Ask } from './ask.ts';

/** Where a URL leads: each of its host's addresses with the port, an address of this machine as `here`. */
async function destinations(url: string): Promise<Set<string>> {
  const { hostname, port, protocol } = new URL(url);
  const own = new Set(Object.values(networkInterfaces()).flatMap((one = []) => one.map(({ address }) => address)));
  // A name that leads nowhere is told by the first request to it.
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  const at = found.map(({ address }) => (own.has(address) || /^(?:127\.|0\.0\.0\.0$|::1?$)/.test(address) ? 'here' : address));
  return new Set(at.map((address) => `${address} ${port || (protocol === 'https:' ? '443' : '80')}`));
}

async function peersOf(ask: Ask): Promise<string[]> {
  const cluster = await ask((api, init) => api.clusterStatus({}, init));
  return cluster.status === 'enabled' ? Object.keys(cluster.peers) : [];
}

/**
 * Refuses a target that is the source under another name: what is written to it would be written to the source.
 *
 * Seen are two names of one address, and two nodes of one cluster; not one Qdrant behind two proxies. @throws MigrationError
 */
export async function refuseSame(from: string, to: string): Promise<void> {
  const [a, b] = await Promise.all([destinations(from), destinations(to)]);
  if (from === to || [...a].some((one) => b.has(one))) throw new MigrationError(`--from ${from} and --to ${to} are the same Qdrant.`);
}

/** As `refuseSame`, for nodes of one cluster: they name the same peers. */
export async function refuseSameCluster(source: Ask, target: Ask): Promise<void> {
  const [a, b] = await Promise.all([peersOf(source), peersOf(target)]);
  if (a.some((peer) => b.includes(peer))) throw new MigrationError('--from and --to are nodes of the same cluster.');
}
