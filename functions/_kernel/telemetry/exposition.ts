import { COUNTERS, HISTOGRAMS, type CounterName, type HistogramName } from './catalog.ts';
import type { Part } from './meter.ts';

/** A value that is true now: what it is called and, by its labels, how much it is. */
export type Gauge = {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  samples: readonly (readonly [labels: Record<string, string>, value: number])[];
};

const escaped = (value: string): string => value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');

function sample(name: string, labels: Record<string, string>, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

const labelled = (names: readonly string[], values: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));

type Series = { values: string[]; parts: Map<Part, number> };

/** The fields of each metric, by name and by label values, in the order of their text, so that two scrapes can be compared. */
function bySeries(fields: ReadonlyMap<string, number>): Map<string, Map<string, Series>> {
  const found = new Map<string, Map<string, Series>>();
  for (const field of [...fields.keys()].toSorted()) {
    const [name, part, ...values] = JSON.parse(field) as [string, Part, ...string[]];
    const series = found.get(name) ?? new Map<string, Series>();
    const key = JSON.stringify(values);
    const one = series.get(key) ?? { values, parts: new Map<Part, number>() };
    one.parts.set(part, fields.get(field) ?? 0);
    found.set(name, series.set(key, one));
  }
  return found;
}

function histogramLines(name: HistogramName, series: Iterable<Series>): string[] {
  const { buckets, labels } = HISTOGRAMS[name];
  return [...series].flatMap(({ values, parts }) => {
    const own = labelled(labels, values);
    let total = 0;
    const bounds = [...buckets.map(String), '+Inf'].map((le, i) => {
      total += parts.get(i) ?? 0;
      return sample(`${name}_bucket`, { ...own, le }, total);
    });
    return [...bounds, sample(`${name}_sum`, own, (parts.get('sum') ?? 0) / 1e6), sample(`${name}_count`, own, total)];
  });
}

/**
 * The measured fields and the gauges in Prometheus' text format, version 0.0.4.
 *
 * Source: Prometheus' manual, "Exposition formats". A field of a metric that this version does not know is left out.
 */
export function expose(fields: ReadonlyMap<string, number>, gauges: readonly Gauge[]): string {
  const found = bySeries(fields);
  const lines: string[] = [];
  const head = (name: string, type: string, help: string) =>
    lines.push(`# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${type}`);
  for (const name of Object.keys(COUNTERS) as CounterName[]) {
    const counter: { labels: readonly string[]; from?: readonly (readonly string[])[]; help: string } = COUNTERS[name];
    head(name, 'counter', counter.help);
    const unborn = (counter.from ?? []).filter((values) => found.get(name)?.has(JSON.stringify(values)) !== true);
    for (const values of unborn) lines.push(sample(name, labelled(counter.labels, values), 0));
    for (const { values, parts } of found.get(name)?.values() ?? [])
      lines.push(sample(name, labelled(counter.labels, values), parts.get('count') ?? 0));
  }
  for (const name of Object.keys(HISTOGRAMS) as HistogramName[]) {
    head(name, 'histogram', HISTOGRAMS[name].help);
    lines.push(...histogramLines(name, found.get(name)?.values() ?? []));
  }
  for (const { name, type, help, samples } of gauges) {
    head(name, type, help);
    for (const [labels, value] of samples) lines.push(sample(name, labels, value));
  }
  return `${lines.join('\n')}\n`;
}
