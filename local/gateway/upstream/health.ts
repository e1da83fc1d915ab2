import type { Healthchecks, Target, Upstream } from '../config/entities.ts';
import type { Outcome } from './balancer.ts';
import { probe } from './probe.ts';

/** A target with its health and its share of the work. */
export type Watched = Target & { active: number; turn: number; healthy(): boolean; report(outcome: Outcome): void; close(): void };

type Limits = { successes: number; httpFailures: number; tcpFailures: number; timeouts: number };
type Counts = { success: number; http: number; tcp: number; timeout: number };

/** Counts outcomes until they make a target healthy or ill; a success forgets failures and the other way round. */
function judge(limits: Limits, set: (healthy: boolean) => void): (kind: keyof Counts) => void {
  let counts: Counts = { success: 0, http: 0, tcp: 0, timeout: 0 };
  const most = { success: limits.successes, http: limits.httpFailures, tcp: limits.tcpFailures, timeout: limits.timeouts };
  return (kind) => {
    if (most[kind] === 0) return;
    counts =
      kind === 'success'
        ? { success: counts.success + 1, http: 0, tcp: 0, timeout: 0 }
        : { ...counts, success: 0, [kind]: counts[kind] + 1 };
    if (counts[kind] >= most[kind]) set(kind === 'success');
  };
}

function kindOf(outcome: Outcome, healthy: readonly number[], unhealthy: readonly number[]): keyof Counts | null {
  if (outcome === 'tcp_failure') return 'tcp';
  if (outcome === 'timeout') return 'timeout';
  if (healthy.includes(outcome.status)) return 'success';
  return unhealthy.includes(outcome.status) ? 'http' : null;
}

function watchTarget(target: Target, name: string, checks: Healthchecks, log: (line: string) => void): Watched {
  let well = true;
  const set = (healthy: boolean): void => {
    if (well !== healthy) log(`health: ${name} ${target.host}:${target.port} is ${healthy ? 'healthy' : 'unhealthy'}`);
    well = healthy;
  };
  const { active, passive } = checks;
  const onPassive = judge({ successes: passive.healthy.successes, ...passive.unhealthy }, set);
  const onActive = judge({ successes: active.healthy.successes, ...active.unhealthy }, set);
  const stop = new AbortController();
  const watchWhile = (healthy: boolean, seconds: number): NodeJS.Timeout | null => {
    if (seconds === 0) return null;
    const check = async (): Promise<void> => {
      if (well !== healthy) return;
      const outcome = await probe(target, active, stop.signal);
      const kind = outcome === 'connected' ? 'success' : kindOf(outcome, active.healthy.statuses, active.unhealthy.statuses);
      if (kind !== null && !stop.signal.aborted) onActive(kind);
    };
    return setInterval(() => void check(), seconds * 1000).unref();
  };
  const timers = [watchWhile(true, active.healthy.interval), watchWhile(false, active.unhealthy.interval)];
  return {
    ...target,
    active: 0,
    turn: 0,
    healthy: () => well,
    report(outcome) {
      const kind = kindOf(outcome, passive.healthy.statuses, passive.unhealthy.statuses);
      if (kind !== null) onPassive(kind);
    },
    close() {
      stop.abort();
      for (const timer of timers) if (timer !== null) clearInterval(timer);
    },
  };
}

/**
 * Watches every target of an upstream: passively by what requests meet, actively by probes at the configured intervals.
 *
 * A target begins healthy. Source: Kong's lua-resty-healthcheck.
 */
export function watch(upstream: Upstream, log: (line: string) => void): Watched[] {
  return upstream.targets.map((target) => watchTarget(target, upstream.name, upstream.healthchecks, log));
}
