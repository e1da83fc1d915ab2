import { createSessionStore } from '../store.ts';
import type { Health, Status } from '../types.ts';
import { withState, type BreakerState, type Change } from './state.ts';

/** How far back the page remembers, in milliseconds. */
export const REMEMBERED_MS = 600_000;
/** How often the breakers are looked at; a request that is open to all and asks no dependency. */
export const HEALTH_LOOK_MS = 3_000;
/** How often the dependencies are asked: twelve of the hundred requests that a minute has. */
export const STATUS_LOOK_MS = 5_000;
/** Without an answer for this long, what was known is no longer how it is: two looks, and what slow ones take. */
export const STALE_MS = 12_000;

export type BreakerName = keyof Health['circuitBreakers'];
export type Sample = { at: number; latencyMs: number; up: boolean };
export type DependencyName = keyof Status['dependencies'];
export type History = {
  health: Health | null;
  /** When `health` was told. */
  healthAt: number;
  status: Status | null;
  /** When `status` was told, for what counts down from then. */
  statusAt: number;
  breakers: Partial<Record<BreakerName, Change[]>>;
  latencies: Partial<Record<DependencyName, Sample[]>>;
};

export const history = createSessionStore<History>({ health: null, healthAt: 0, status: null, statusAt: 0, breakers: {}, latencies: {} });

/** Remembers how the breakers stand. */
export function noteHealth(health: Health, at: number): void {
  history.set((before) => {
    const unseenFrom = before.health !== null && at - before.healthAt > STALE_MS ? before.healthAt : null;
    const breakers = { ...before.breakers };
    for (const [name, state] of Object.entries(health.circuitBreakers) as [BreakerName, BreakerState][])
      breakers[name] = withState(breakers[name] ?? [], state, { at, since: at - REMEMBERED_MS, unseenFrom });
    return { ...before, health, healthAt: at, breakers };
  });
}

/** Remembers how the dependencies answered. */
export function noteStatus(status: Status, at: number): void {
  history.set((before) => {
    const latencies = { ...before.latencies };
    for (const [name, { latencyMs, up }] of Object.entries(status.dependencies) as [DependencyName, Omit<Sample, 'at'>][])
      latencies[name] = [...(latencies[name] ?? []), { at, latencyMs, up }].filter((one) => one.at > at - REMEMBERED_MS);
    return { ...before, status, statusAt: at, latencies };
  });
}
