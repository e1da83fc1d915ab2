import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REDIS_SERVERS, type RedisServer } from '../kernel/policy/redis-servers.ts';
import type { Lease, Message } from './soak-worker.ts';

const OPERATIONS = 100_000;
const PROCESSES = 4;

describe.each(REDIS_SERVERS)('a soak of several processes on $name', ({ start }) => {
  let server: RedisServer;
  const children = new Set<ChildProcess>();
  beforeAll(async () => {
    server = await start(11);
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server.close();
  });

  it(`${OPERATIONS} operations with killed probers: no two leases at once, no generation twice`, async () => {
    const leases = new Map<number, Lease[]>();
    const openings: number[] = [];
    const total = { operations: 0, local: 0, killed: 0 };
    const spawn = (): ChildProcess => {
      const child = fork(new URL('soak-worker.ts', import.meta.url), [server.url], { execArgv: ['--disable-warning=ExperimentalWarning'] });
      children.add(child);
      child.on('message', (message: Message) => {
        total.operations += message.operations;
        total.local += message.local;
        openings.push(...message.openings);
        if (message.lease) leases.set(message.lease.generation, [...(leases.get(message.lease.generation) ?? []), message.lease]);
      });
      return child;
    };
    const running = Array.from({ length: PROCESSES }, spawn);
    while (total.operations < OPERATIONS) {
      await sleep(700);
      const victim = Math.floor(Math.random() * PROCESSES);
      children.delete(running[victim]!);
      running[victim]!.kill('SIGKILL');
      total.killed += 1;
      running[victim] = spawn();
    }
    for (const child of running) child.kill('SIGKILL');

    const taken = [...leases.values()]
      .map((told) => {
        expect(new Set(told.map(({ at }) => at)).size, 'one holder a generation').toBe(1);
        return told.at(-1)!;
      })
      .toSorted((a, b) => a.generation - b.generation);
    const count = (kind: Lease['last']['kind']): number => taken.filter(({ last }) => last.kind === kind).length;
    const ends = { ended: count('ended'), died: count('held'), late: count('late'), unknown: count('reporting') };
    console.log({ ...total, probes: taken.length, ...ends, openings: openings.length });
    expect(total.local).toBe(0);
    expect(ends.ended).toBeGreaterThan(20);
    expect(ends.died).toBeGreaterThan(5);
    expect(openings.length).toBeGreaterThan(50);
    for (const [i, { generation, at, leaseMs, last }] of taken.entries()) {
      const next = taken[i + 1];
      if (next === undefined) break;
      expect(next.generation).toBeGreaterThan(generation);
      // It ended by its report, which made a later generation, else it ran out; of a process that was killed as it reported, nobody knows.
      const endedAt = last.kind === 'ended' ? Math.min(last.by, at + leaseMs) : last.kind === 'reporting' ? at : at + leaseMs;
      expect(next.at, JSON.stringify([taken[i], next])).toBeGreaterThanOrEqual(endedAt);
    }
    const generations = [...taken.map(({ generation }) => generation), ...openings];
    expect(new Set(generations).size).toBe(generations.length);
  });
});
