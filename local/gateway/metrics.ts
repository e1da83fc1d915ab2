// The buckets of Kong's own exporter (kong/plugins/prometheus/exporter.lua).
const BUCKETS_MS = [1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000, 3000, 6000];
const UPSTREAM_BUCKETS_MS = [25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10_000, 30_000, 60_000];

type Labels = Readonly<Record<string, string>>;
type Histogram = { buckets: readonly number[]; counts: number[]; sum: number; count: number };

/** The counters of the gateway, as Prometheus reads them. A series is found once, then counted at no cost. */
export type Metrics = {
  counter(name: string, labels: Labels): (by: number) => void;
  histogram(name: string, labels: Labels): (milliseconds: number) => void;
  text(): string;
};

const HELP: Readonly<Record<string, string>> = {
  kong_http_requests_total: 'HTTP status codes per consumer/service/route in Kong',
  kong_bandwidth_bytes: 'Total bandwidth (ingress/egress) throughput in bytes',
  kong_kong_latency_ms: 'Latency added by Kong and enabled plugins for each service/route in Kong',
  kong_upstream_latency_ms: 'Latency added by upstream response for each service/route in Kong',
  kong_request_latency_ms: 'Total latency incurred during requests for each service/route in Kong',
};

const ESCAPED = /[\\"\n]/;

function labelText(labels: Labels): string {
  let text = '';
  for (const name in labels) {
    const value = labels[name]!;
    const safe = ESCAPED.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
    text += `${text === '' ? '' : ','}${name}="${safe}"`;
  }
  return text;
}

function histogramLines(name: string, labels: string, histogram: Histogram): string[] {
  const lines: string[] = [];
  const separator = labels === '' ? '' : ',';
  for (const [index, bound] of histogram.buckets.entries())
    lines.push(`${name}_bucket{${labels}${separator}le="${bound}"} ${histogram.counts[index]}`);
  lines.push(`${name}_bucket{${labels}${separator}le="+Inf"} ${histogram.count}`);
  return [...lines, `${name}_count{${labels}} ${histogram.count}`, `${name}_sum{${labels}} ${histogram.sum}`];
}

function seriesOf<T>(all: Map<string, Map<string, T>>, name: string, labels: Labels, make: () => T): T {
  const series = all.get(name) ?? new Map<string, T>();
  all.set(name, series);
  const key = labelText(labels);
  const found = series.get(key) ?? make();
  series.set(key, found);
  return found;
}

/** Counters and histograms under Kong's names; `text()` is the exposition format 0.0.4. */
export function metrics(): Metrics {
  const counters = new Map<string, Map<string, { value: number }>>();
  const histograms = new Map<string, Map<string, Histogram>>();
  return {
    counter(name, labels) {
      const series = seriesOf(counters, name, labels, () => ({ value: 0 }));
      return (by) => {
        series.value += by;
      };
    },
    histogram(name, labels) {
      const buckets = name === 'kong_kong_latency_ms' ? BUCKETS_MS : UPSTREAM_BUCKETS_MS;
      const series = seriesOf(histograms, name, labels, (): Histogram => ({ buckets, counts: buckets.map(() => 0), sum: 0, count: 0 }));
      return (milliseconds) => {
        for (let i = buckets.length - 1; i >= 0 && milliseconds <= buckets[i]!; i -= 1) series.counts[i]! += 1;
        series.sum += milliseconds;
        series.count += 1;
      };
    },
    text() {
      const lines: string[] = [];
      for (const [name, series] of counters) {
        lines.push(`# HELP ${name} ${HELP[name] ?? name}`, `# TYPE ${name} counter`);
        for (const [labels, { value }] of series) lines.push(`${name}{${labels}} ${value}`);
      }
      for (const [name, series] of histograms) {
        lines.push(`# HELP ${name} ${HELP[name] ?? name}`, `# TYPE ${name} histogram`);
        for (const [labels, histogram] of series) lines.push(...histogramLines(name, labels, histogram));
      }
      return `${lines.join('\n')}\n`;
    },
  };
}
