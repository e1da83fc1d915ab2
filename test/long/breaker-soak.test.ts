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

    // Each lease is told when taken and again when reported.
    const held = [...leases.values()].map((told) => {
      expect(new Set(told.map(({ at }) => at)).size, 'one holder a generation').toBe(1);
      return told.find(({ endedBy }) => endedBy !== null) ?? told[0]!;
    });
    const died = held.filter(({ endedBy }) => endedBy === null).length;
    const taken = held.toSorted((a, b) => a.generation - b.generation);
    console.log({ ...total, probes: taken.length, died, openings: openings.length });
    expect(total.local).toBe(0);
    expect(taken.length).toBeGreaterThan(50);
    expect(died).toBeGreaterThan(5);
    expect(openings.length).toBeGreaterThan(50);
    for (const [i, lease] of taken.entries()) {
      const next = taken[i + 1];
      if (next === undefined) break;
      expect(next.generation).toBeGreaterThan(lease.generation);
      // It ended with its report, which made a later generation, or ran out.
      const endedAt = lease.endedBy === null ? lease.at + lease.leaseMs : Math.min(lease.endedBy, lease.at + lease.leaseMs);
      expect(next.at, JSON.stringify([lease, next])).toBeGreaterThanOrEqual(endedAt);
    }
    const generations = [...taken.map(({ generation }) => generation), ...openings];
    expect(new Set(generations).size).toBe(generations.length);
  });
});
