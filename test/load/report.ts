import type { Sample } from './drive.ts';
import type { Outcome, Scenario } from './scenarios.ts';

const OUTCOMES: Outcome[] = ['success', 'degraded', 'limited', 'unavailable', 'error'];
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const round = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(value < 10 ? 1 : 0));
const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);

/** The times of a run that are told apart: before, during and after an outage, or all of it. */
function phasesOf({ outage, stages }: Scenario): { name: string; from: number; to: number }[] {
  const end = stages.reduce((sum, { seconds }) => sum + seconds, 0) * 1000 + 120_000;
  if (outage === null) return [{ name: 'whole', from: 0, to: end }];
  const [from, to] = [outage.from * 1000, (outage.from + outage.seconds) * 1000];
  return [
    { name: 'before', from: 0, to: from },
    { name: 'outage', from, to },
    { name: 'after', from: to, to: end },
  ];
}

/** Milliseconds from the end of the outage to the first moment after which no answer lacked anything of it; null when that never came. */
export function recoveryMs(samples: readonly Sample[], { outage }: Scenario): number | null {
  if (outage === null) return null;
  const back = (outage.from + outage.seconds) * 1000;
  const late = samples.filter((one) => one.at >= back).toSorted((a, b) => a.at - b.at);
  // A Redis that is late for once is not this outage.
  const other = outage.service === 'redis' ? '' : 'redis_unavailable:local_breakers';
  const lastBad = late.findLastIndex(({ outcome, lack }) => outcome !== 'success' && (lack === '' || lack !== other));
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

/** What the scenario promised and the run did not keep, a sentence each. */
export function broken(samples: readonly Sample[], { thresholds }: Scenario): string[] {
  if (samples.length === 0) return ['nothing was asked'];
  const share = (outcome: Outcome) => samples.filter((one) => one.outcome === outcome).length;
  const over = (['error', 'limited', 'unavailable', 'degraded'] as const)
    .filter((outcome) => share(outcome) / samples.length > thresholds[outcome])
    .map(
      (outcome) =>
        `${outcome}: ${percent(share(outcome), samples.length)} of the answers, at most ${percent(thresholds[outcome], 1)} are allowed`,
    );
  const searches = samples.filter(({ name, outcome }) => name === 'search' && outcome === 'success').map(({ ms }) => ms);
  searches.sort((a, b) => a - b);
  const p99 = at(searches, 0.99);
  if (!(p99 <= thresholds.searchP99Ms)) over.push(`searches: p99 is ${round(p99)} ms, at most ${thresholds.searchP99Ms} ms are allowed`);
  return over;
}
