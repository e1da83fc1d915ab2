import type { Sample } from './drive.ts';
import { endOf, slowerThan, type Outcome, type Scenario, type Thresholds } from './scenarios.ts';

const OUTCOMES: Outcome[] = ['success', 'degraded', 'limited', 'unavailable', 'error'];
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const round = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(value < 10 ? 1 : 0));
const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);

/** The times of a run that are told apart: before, during and after an outage, or all of it. */
function phasesOf({ outage, stages }: Scenario): { name: string; from: number; to: number }[] {
  const end = endOf({ stages }) * 1000 + 120_000;
  if (outage === null) return [{ name: 'whole', from: 0, to: end }];
  const [from, to] = [outage.from * 1000, (outage.from + outage.seconds) * 1000];
  return [
    { name: 'before', from: 0, to: from },
    { name: 'outage', from, to },
    { name: 'after', from: to, to: end },
  ];
}

/** A Redis that is late for once is not this outage: an answer that lacked nothing else is whole here; the table counts it. */
function ofThisOutage(samples: readonly Sample[], { outage }: Scenario): readonly Sample[] {
  if (outage?.service === 'redis') return samples;
  return samples.map((one) => (one.lack === 'redis_unavailable:local_breakers' ? { ...one, outcome: 'success' } : one));
}

/** Milliseconds from the end of the outage to the first moment after which no answer lacked anything of it; null when that never came. */
export function recoveryMs(samples: readonly Sample[], scenario: Scenario): number | null {
  const { outage } = scenario;
  if (outage === null) return null;
  const back = (outage.from + outage.seconds) * 1000;
  const late = ofThisOutage(samples, scenario)
    .filter((one) => one.at >= back)
    .toSorted((a, b) => a.at - b.at);
  const lastBad = late.findLastIndex(({ outcome }) => outcome !== 'success');
  const first = late[lastBad + 1];
  return first === undefined ? null : Math.max(0, first.at - back);
}

/** The table of a run: by phase and kind of request, each outcome apart, times of whole answers (success or degraded). */
export function table(samples: readonly Sample[], scenario: Scenario): string {
  const rows = [['phase', 'request', 'count', ...OUTCOMES, 'p50 ms', 'p99 ms']];
  for (const { name, from, to } of phasesOf(scenario)) {
    for (const kind of ['search', 'query', 'collections']) {
      const found = samples.filter((one) => one.name === kind && one.at >= from && one.at < to);
      const times = found.filter(({ outcome }) => outcome === 'success' || outcome === 'degraded').map(({ ms }) => ms);
      times.sort((a, b) => a - b);
      const counts = OUTCOMES.map((outcome) => String(found.filter((one) => one.outcome === outcome).length));
      rows.push([name, kind, String(found.length), ...counts, round(at(times, 0.5)), round(at(times, 0.99))]);
    }
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')).join('\n');
}

/** What degraded answers did without, a line for each phase. */
export function lacks(samples: readonly Sample[], scenario: Scenario): string {
  const lines = phasesOf(scenario).map(({ name, from, to }) => {
    const found = Map.groupBy(
      samples.filter((one) => one.at >= from && one.at < to && one.outcome === 'degraded'),
      ({ lack }) => lack,
    );
    return `${name}: ${[...found].map(([lack, those]) => `${those.length} × ${lack}`).join('; ') || 'nothing'}`;
  });
  return `did without\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** How long answers took, as bars; each bound is twice the one before. */
export function histogram(samples: readonly Sample[]): string {
  const times = samples.filter(({ outcome }) => outcome === 'success' || outcome === 'degraded').map(({ ms }) => ms);
  const bounds = Array.from({ length: 14 }, (_, i) => 2 ** i);
  const counts = [...bounds, Infinity].map((bound, i) => times.filter((ms) => ms <= bound && ms > (bounds[i - 1] ?? -1)).length);
  const most = Math.max(1, ...counts);
  return counts
    .map((count, i) => ({
      count,
      line: `${`≤ ${bounds[i] ?? '∞'} ms`.padStart(10)}  ${'█'.repeat(Math.ceil((40 * count) / most))} ${count}`,
    }))
    .filter(({ count }) => count > 0)
    .map(({ line }) => line)
    .join('\n');
}

/** What answers of a time were not as promised, a sentence each. */
function over(when: string, samples: readonly Sample[], thresholds: Thresholds): string[] {
  const share = (outcome: Outcome) => samples.filter((one) => one.outcome === outcome).length;
  const found = (['error', 'limited', 'unavailable', 'degraded'] as const)
    .filter((outcome) => share(outcome) > thresholds[outcome] * samples.length)
    .map(
      (outcome) =>
        `${when}${outcome}: ${percent(share(outcome), samples.length)} of the answers, at most ${percent(thresholds[outcome], 1)} are allowed`,
    );
  const p99 = at(searchesOf(samples), 0.99);
  if (p99 > thresholds.searchP99Ms)
    found.push(`${when}searches: p99 is ${round(p99)} ms, at most ${thresholds.searchP99Ms} ms are allowed`);
  return found;
}

const searchesOf = (samples: readonly Sample[]): number[] =>
  samples
    .filter(({ name, outcome }) => name === 'search' && outcome === 'success')
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b);

/** Whether the last quarter's searches are slower than the first's. */
function slower(samples: readonly Sample[], scenario: Scenario): string[] {
  const quarter = (endOf(scenario) * 1000) / 4;
  const first = at(searchesOf(samples.filter(({ at: when }) => when < quarter)), 0.5);
  const last = at(searchesOf(samples.filter(({ at: when }) => when >= 3 * quarter)), 0.5);
  if (last <= slowerThan(first)) return [];
  return [`it grew slower: searches took ${round(last)} ms in the last quarter, ${round(first)} ms in the first (medians)`];
}

/** What the scenario promised and the run did not keep, a sentence each. */
export function broken(samples: readonly Sample[], scenario: Scenario): string[] {
  const { thresholds, meanwhile, outage, steady } = scenario;
  if (searchesOf(samples).length === 0) return ['no search was answered whole'];
  if (outage === null || meanwhile === null) return [...over('', samples, thresholds), ...(steady ? slower(samples, scenario) : [])];
  const [from, back] = [outage.from * 1000, (outage.from + outage.seconds) * 1000];
  const whole = recoveryMs(samples, scenario);
  const until = whole === null ? Infinity : back + whole;
  const late = whole === null || whole > outage.recoverySeconds * 1000;
  const told =
    whole === null
      ? `answers were not whole again in the ${round(endOf(scenario) - back / 1000)} s that were left`
      : `answers were whole again after ${(whole / 1000).toFixed(1)} s`;
  const those = ofThisOutage(samples, scenario);
  // Whoever was on the way when it began may have met it.
  const before = those.filter((one) => one.at + one.ms < from);
  const after = those.filter((one) => one.at >= until);
  const between = those.filter((one) => one.at + one.ms >= from && one.at < until);
  return [
    ...over('before: ', before, thresholds),
    ...over('meanwhile: ', between, meanwhile),
    ...(late ? [`recovery: once ${outage.service} was back ${told}; ${outage.recoverySeconds} s are allowed`] : []),
    ...over('after: ', after, thresholds),
  ];
}
