import * as z from 'zod';
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

/** Counts requests, bytes and latencies under the names of Kong's exporter; `/metrics` of the status listener shows them. */
export const prometheus = plugin({
  name: 'prometheus',
  priority: 13,
  perConsumer: true,
  schema,
  handlers(config, _scope, { metrics, now }) {
    return {
      log(exchange) {
        const { match, upstreamMs, proxyMs, startedAt } = exchange;
        if (match === null) return;
        const service = match.service?.name ?? match.service?.host ?? '';
        const route = match.route.name ?? match.route.id;
        const consumer = (config.per_consumer ? exchange.consumer?.username : null) ?? '';
        const place = { service, route };
        if (config.bandwidth_metrics) {
          const owner = { workspace: 'default', consumer };
          if (exchange.bytesIn > 0) metrics.count('kong_bandwidth_bytes', { ...place, direction: 'ingress', ...owner }, exchange.bytesIn);
          if (exchange.bytesOut > 0) metrics.count('kong_bandwidth_bytes', { ...place, direction: 'egress', ...owner }, exchange.bytesOut);
        }
        if (config.status_code_metrics) {
          const source = upstreamMs === null ? 'kong' : 'service';
          metrics.count('kong_http_requests_total', { ...place, code: String(exchange.status), source, workspace: 'default', consumer });
        }
        if (!config.latency_metrics) return;
        const labels = { ...place, workspace: 'default' };
        const total = now() - startedAt;
        metrics.observe('kong_request_latency_ms', labels, total);
        if (upstreamMs !== null) metrics.observe('kong_upstream_latency_ms', labels, upstreamMs);
        metrics.observe('kong_kong_latency_ms', labels, proxyMs ?? total);
      },
    };
  },
});
