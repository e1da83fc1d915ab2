import * as z from 'zod';
import type { Match } from '../exchange.ts';
import { plugin } from '../plugin.ts';

const off = z.boolean().default(false);
const schema = z.strictObject({
  per_consumer: off,
  status_code_metrics: off,
  latency_metrics: off,
  bandwidth_metrics: off,
  upstream_health_metrics: off,
  ai_metrics: z.literal(false, 'is not built').default(false),
});

type Series = Record<'requests' | 'ingress' | 'egress' | 'total' | 'upstream' | 'kong', (by: number) => void>;

/** Counts requests, bytes and latencies under the names of Kong's exporter; `/metrics` of the status listener shows them. */
export const prometheus = plugin({
  name: 'prometheus',
  priority: 13,
  perConsumer: true,
  schema,
  handlers(config, _scope, { metrics, now }) {
    const known = new Map<string, Series>();
    const none = (): void => {};
    const find = ({ route, service }: Match, code: string, source: string, consumer: string): Series => {
      const place = { service: service?.name ?? service?.host ?? '', route: route.name ?? route.id };
      const owner = { workspace: 'default', consumer };
      const bytes = (direction: string): Series['requests'] =>
        config.bandwidth_metrics ? metrics.counter('kong_bandwidth_bytes', { ...place, direction, ...owner }) : none;
      const latency = (name: string): Series['requests'] =>
        config.latency_metrics ? metrics.histogram(name, { ...place, workspace: 'default' }) : none;
      return {
        requests: config.status_code_metrics ? metrics.counter('kong_http_requests_total', { ...place, code, source, ...owner }) : none,
        ingress: bytes('ingress'),
        egress: bytes('egress'),
        total: latency('kong_request_latency_ms'),
        upstream: source === 'service' ? latency('kong_upstream_latency_ms') : none,
        kong: latency('kong_kong_latency_ms'),
      };
    };
    return {
      log(exchange) {
        const { match, upstreamMs, proxyMs, startedAt } = exchange;
        if (match === null) return;
        const consumer = (config.per_consumer ? exchange.consumer?.username : null) ?? '';
        const source = upstreamMs === null ? 'kong' : 'service';
        const key = `${match.route.id} ${exchange.status} ${source} ${consumer}`;
        let series = known.get(key);
        if (series === undefined) {
          series = find(match, String(exchange.status), source, consumer);
          known.set(key, series);
        }
        const total = now() - startedAt;
        series.requests(1);
        series.ingress(exchange.bytesIn);
        series.egress(exchange.bytesOut);
        series.total(total);
        series.upstream(upstreamMs ?? 0);
        series.kong(proxyMs ?? total);
      },
    };
  },
});
