import { onSignOut } from '../session.ts';
import { createStore } from '../store.ts';
import type { Health, Status } from '../types.ts';
import { withState, type BreakerState, type Change } from './state.ts';

/** How far back the page remembers, in milliseconds. */
export const REMEMBERED_MS = 600_000;

export type BreakerName = keyof Health['circuitBreakers'];
export type Sample = { at: number; latencyMs: number; up: boolean };
export type DependencyName = keyof Status['dependencies'];
export type History = {
  health: Health | null;
  status: Status | null;
  /** When `status` was told, for what counts down from then. */
  statusAt: number;
  breakers: Partial<Record<BreakerName, Change[]>>;
  latencies: Partial<Record<DependencyName, Sample[]>>;
};

const NOTHING: History = { health: null, status: null, statusAt: 0, breakers: {}, latencies: {} };
export const history = createStore<History>(NOTHING);

/** Remembers how the breakers stand. */
export function noteHealth(health: Health, at: number): void {
  history.set((before) => {
    const breakers = { ...before.breakers };
    for (const [name, state] of Object.entries(health.circuitBreakers) as [BreakerName, BreakerState][])
      breakers[name] = withState(breakers[name] ?? [], state, at, at - REMEMBERED_MS);
    return { ...before, health, breakers };
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

onSignOut(() => history.set(NOTHING));
