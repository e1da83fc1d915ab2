import { setTimeout as sleep } from 'node:timers/promises';
import { breakers } from '../../functions/_kernel/policy/breakers.ts';
import { freshIsolate } from '../../functions/_kernel/policy/isolate.ts';
import { breakerSettings } from '../../functions/_kernel/policy/settings.ts';
import { openRedis } from '../../functions/_kernel/upstreams/redis.node.ts';

/**
 * A lease as its holder saw it, in Redis time. Told before each step, so that of a killed process it is known what it cannot have
 * done: one that was last heard as `held` never reported. `ended` carries the generation that the report made.
 */
export type Lease = {
  generation: number;
  at: number;
  leaseMs: number;
  last: { kind: 'held' } | { kind: 'reporting' } | { kind: 'late' } | { kind: 'ended'; by: number };
};
/** What a process tells the test; a killed one tells nothing of its last moments. */
export type Message = { operations: number; local: number; openings: number[]; lease?: Lease };

export const SOAK = { leaseMs: 60, openMs: 20, threshold: 5, connections: 4, callers: 24 };

/** Calls a simulated dependency under the shared breaker until killed: it is up and down by turns, and some probers die silently. */
async function soak(url: string): Promise<void> {
  // A busy machine must not be taken for a Redis that is gone: the stand-in's leases are not what is tested.
  const settings = breakerSettings({ threshold: SOAK.threshold, openMs: SOAK.openMs, memoryMs: 0, redisMs: 20_000 });
  const connections = Array.from({ length: SOAK.connections }, (_, i) => openRedis(`${url}?connection=${process.pid}-${i}`));
  await Promise.all(connections.map((redis) => redis.send([['PING']], { timeoutMs: 20_000 })));
  const told: Message = { operations: 0, local: 0, openings: [] };
  const tell = (lease?: Lease): void => {
    process.send?.({ ...told, lease } satisfies Message);
    Object.assign(told, { operations: 0, local: 0, openings: [] });
  };
  setInterval(tell, 100);

  const call = async (caller: number): Promise<void> => {
    const redis = connections[caller % connections.length]!;
    const instance = breakers({ redis, isolate: freshIsolate(), settings, now: Date.now, onTransition: () => {} });
    const token = crypto.randomUUID();
    const [held] = await instance.acquire([{ dependency: 'qdrant_search', token, leaseMs: SOAK.leaseMs }]);
    told.operations += 1;
    if (held!.origin !== 'shared') told.local += 1;
    if (held!.admission !== 'closed' && held!.admission !== 'probe') return sleep(1);
    const lease = { generation: held!.generation, at: held!.at, leaseMs: SOAK.leaseMs };
    const probing = held!.admission === 'probe';
    if (probing) tell({ ...lease, last: { kind: 'held' } });
    await sleep(Math.random() * 3);
    if (probing && Math.random() < 0.1) return;
    if (probing) tell({ ...lease, last: { kind: 'reporting' } });
    const down = Date.now() % 200 < 80;
    const outcome = Math.random() < 0.05 ? 'inconclusive' : down || Math.random() < 0.02 ? 'fault' : 'success';
    const said = await instance.report('qdrant_search', held!, outcome, 'status 500');
    told.operations += 1;
    if (said.change === 'opened') told.openings.push(said.generation);
    if (probing) tell({ ...lease, last: said.change === 'none' ? { kind: 'late' } : { kind: 'ended', by: said.generation } });
  };
  await Promise.all(
    Array.from({ length: SOAK.callers }, async (_, caller) => {
      for (;;) await call(caller);
    }),
  );
}

if (process.argv[2] !== undefined && process.send !== undefined) await soak(process.argv[2]);
