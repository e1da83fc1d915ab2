import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Service, Upstream } from '../config/entities.ts';
import { watch, type Watched } from './health.ts';

/** Where a request is sent next, and whom it is told about how it went. */
export type Peer = {
  /** What the `Host` header says, less the port. */
  hostname: string;
  hostHeader: string | null;
  address: string;
  port: number;
  report(outcome: Outcome): void;
  done(): void;
};

export type Outcome = { status: number } | 'tcp_failure' | 'timeout';

/** No address could be found; `message` is Kong's own. */
export class NoPeer extends Error {
  override readonly name = 'NoPeer';
}

export type Balancer = {
  /** Rejects with NoPeer: the name does not resolve, or no target is healthy. */
  pick(service: Service): Promise<Peer> | Peer;
  /** The health of every target, by upstream. */
  health(): { upstream: string; target: string; healthy: boolean }[];
  close(): void;
};

const DNS_TTL_MS = 5000;

function resolver(now: () => number): (host: string) => Promise<string> | string {
  const cache = new Map<string, { address: string; until: number }>();
  return (host) => {
    if (isIP(host) !== 0) return host;
    const known = cache.get(host);
    if (known !== undefined && known.until > now()) return known.address;
    return lookup(host).then(
      ({ address }) => {
        cache.set(host, { address, until: now() + DNS_TTL_MS });
        return address;
      },
      (error: unknown) => {
        throw new NoPeer('name resolution failed', { cause: error });
      },
    );
  };
}

const nothing = (): void => {};

/** Chooses among the healthy targets: smooth weighted round robin, or the one with the fewest requests under way. */
function choose(targets: readonly Watched[], algorithm: Upstream['algorithm']): Watched {
  const healthy = targets.filter((target) => target.weight > 0 && target.healthy());
  if (healthy.length === 0) throw new NoPeer('failure to get a peer from the ring-balancer');
  if (algorithm === 'least-connections') return healthy.reduce((a, b) => (b.active / b.weight < a.active / a.weight ? b : a));
  const total = healthy.reduce((sum, { weight }) => sum + weight, 0);
  for (const target of healthy) target.turn += target.weight;
  const chosen = healthy.reduce((a, b) => (b.turn > a.turn ? b : a));
  chosen.turn -= total;
  return chosen;
}

/** Finds the address for a service: a target of the upstream that bears its host's name, or the host itself. */
export function balancer(upstreams: readonly Upstream[], { now, log }: { now(): number; log(line: string): void }): Balancer {
  const resolve = resolver(now);
  const groups = new Map(upstreams.map((upstream) => [upstream.name, { upstream, targets: watch(upstream, log) }]));
  return {
    pick(service) {
      const group = groups.get(service.host);
      if (group === undefined) {
        const peer = (address: string): Peer => ({
          hostname: service.host,
          hostHeader: null,
          address,
          port: service.port,
          report: nothing,
          done: nothing,
        });
        const address = resolve(service.host);
        return typeof address === 'string' ? peer(address) : address.then(peer);
      }
      const target = choose(group.targets, group.upstream.algorithm);
      const peer = (address: string): Peer => {
        target.active += 1;
        return {
          hostname: target.host,
          hostHeader: group.upstream.hostHeader,
          address,
          port: target.port,
          report: (outcome) => target.report(outcome),
          done() {
            target.active -= 1;
          },
        };
      };
      const address = resolve(target.host);
      return typeof address === 'string' ? peer(address) : address.then(peer);
    },
    health: () =>
      [...groups.values()].flatMap(({ upstream, targets }) =>
        targets.map((target) => ({ upstream: upstream.name, target: `${target.host}:${target.port}`, healthy: target.healthy() })),
      ),
    close() {
      for (const { targets } of groups.values()) for (const target of targets) target.close();
    },
  };
}
