import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquire, CLOSED, report, type BreakerState, type Outcome } from '../../../functions/_kernel/policy/machine.ts';
import { difference, seeded } from './difference.ts';
import { REDIS_SERVERS, type RedisServer } from './redis-servers.ts';

describe.each(REDIS_SERVERS)('the machine and the Lua on $name', ({ start }) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await start(2);
  });
  afterAll(() => server.close());

  it('say the same through 2,000 random steps under a clock that also steps back', async () => {
    const seen = new Map<string, number>();
    expect(await difference(server.redis, 2_000, seeded(3), seen)).toBeNull();
    // A run that never reaches a branch would prove nothing about it.
    const branches = ['open', 'closed', 'probe', 'busy', 'isolated', 'due', 'none', 'counted', 'opened', 'handed_back', 'extended'];
    for (const branch of branches) expect(seen.get(branch), branch).toBeGreaterThan(0);
  });
});

type Step = { do: 'acquire' | Outcome; by: number; wait: number };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    do: fc.constantFrom('acquire' as const, 'success' as const, 'fault' as const, 'inconclusive' as const),
    by: fc.nat({ max: 5 }),
    wait: fc.oneof(fc.constant(0), fc.integer({ min: -50_000, max: 50_000 })),
  }),
  { maxLength: 200 },
);
const LEASE_MS = 10_000;
const limits = { leaseMs: LEASE_MS, maxOpenMs: 30_000, maxLeaseMs: LEASE_MS, busyMs: 1_000 };
const rules = { threshold: 2, windowMs: 60_000, openMs: 30_000, maxOpenMs: 30_000, reason: 'status 500' };

describe('the machine', () => {
  it('never gives two leases at once, nor a generation twice, whatever the clock does', () => {
    fc.assert(
      fc.property(steps, (script) => {
        let state: BreakerState = CLOSED;
        let now = 1_000_000;
        const callers = new Map<number, { token: string; generation: number; at: number }>();
        const leased: number[] = [];
        script.forEach((step, i) => {
          now += step.wait;
          const before = state;
          if (step.do === 'acquire') {
            const token = `caller ${step.by}, step ${i}`;
            const { state: after, grant } = acquire(state, now, { token, ...limits });
            state = after;
            callers.set(step.by, { token, generation: grant.generation, at: grant.at });
            if (grant.admission === 'probe') {
              expect(leased).not.toContain(grant.generation);
              leased.push(grant.generation);
              // A lease that was still running is never given to another.
              if (before.state === 'half_open') expect(before.until).toBeLessThanOrEqual(now);
            }
          } else {
            const caller = callers.get(step.by);
            if (caller !== undefined) state = report(state, now, { ...rules, ...caller, outcome: step.do }).state;
          }
          expect(state.generation).toBeGreaterThanOrEqual(before.generation);
          if (state.state !== before.state) expect(state.generation).toBeGreaterThan(before.generation);
        });
      }),
    );
  });

  it('is never open for longer than it may be, whatever the clock does', () => {
    fc.assert(
      fc.property(steps, (script) => {
        let state: BreakerState = CLOSED;
        let now = 1_000_000;
        for (const step of script) {
          now += step.wait;
          const { state: after, grant } = acquire(state, now, { token: `${now}`, ...limits });
          expect(grant.retryAfterMs).toBeLessThanOrEqual(Math.max(limits.maxOpenMs, LEASE_MS));
          const outcome = step.do === 'acquire' ? 'fault' : step.do;
          state = report(after, now, { ...rules, generation: grant.generation, at: now, token: `${now}`, outcome }).state;
        }
      }),
    );
  });

  it('doubles the wait at each failed probe, up to the longest', () => {
    let state: BreakerState = CLOSED;
    let now = 0;
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      const { grant, state: leased } = acquire(state, now, { token: 't', ...limits, maxOpenMs: 100_000 });
      const result = { ...rules, threshold: 1, maxOpenMs: 100_000, outcome: 'fault' as const, token: 't', at: now };
      const reported = report(leased, now, { ...result, generation: grant.generation });
      waits.push(reported.report.retryAfterMs);
      state = reported.state;
      now = state.until;
    }
    expect(waits).toEqual([30_000, 60_000, 100_000, 100_000, 100_000]);
  });
});
