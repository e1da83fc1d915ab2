import { COUNTERS, HISTOGRAMS, type CounterName, type HistogramName } from './catalog.ts';
import type { Part } from './meter.ts';

/** A value that is true now: what it is called and, by its labels, how much it is. */
export type Gauge = {
  name: string;
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

const head = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
  `# TYPE ${name} ${type}`,
];

function counterLines(name: CounterName, series: ReadonlyMap<string, Series> | undefined): string[] {
  const { labels, from = [] }: { labels: readonly string[]; from?: readonly (readonly string[])[] } = COUNTERS[name];
  const unborn = from.filter((values) => series?.has(JSON.stringify(values)) !== true);
  return [
    ...unborn.map((values) => sample(name, labelled(labels, values), 0)),
    ...[...(series?.values() ?? [])].map(({ values, parts }) => sample(name, labelled(labels, values), parts.get('count') ?? 0)),
  ];
}

function measuredLines(fields: ReadonlyMap<string, number>): string[] {
  const found = bySeries(fields);
  const counters = Object.keys(COUNTERS) as CounterName[];
  const histograms = Object.keys(HISTOGRAMS) as HistogramName[];
  return [
    ...counters.flatMap((name) => [...head(name, 'counter', COUNTERS[name].help), ...counterLines(name, found.get(name))]),
    ...histograms.flatMap((name) => [
      ...head(name, 'histogram', HISTOGRAMS[name].help),
      ...histogramLines(name, found.get(name)?.values() ?? []),
    ]),
  ];
}

/**
 * The measured fields and the gauges in Prometheus' text format, version 0.0.4; where nobody knows what was measured (null), gauges only.
 *
 * Source: Prometheus' manual, "Exposition formats". A field of a metric that this version does not know is left out.
 */
export function expose(fields: ReadonlyMap<string, number> | null, gauges: readonly Gauge[]): string {
  const shown = gauges.flatMap(({ name, help, samples }) => [
    ...head(name, 'gauge', help),
    ...samples.map(([labels, value]) => sample(name, labels, value)),
  ]);
  return `${[...(fields === null ? [] : measuredLines(fields)), ...shown].join('\n')}\n`;
}
