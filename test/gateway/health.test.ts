import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../../local/gateway/gateway.ts';
import { startStatusListener } from '../../local/gateway/status.ts';
import { closedPort } from './support/closed-port.ts';
import { requestText, sendRaw } from './support/wire.ts';

let stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
});

async function service(answer: { status: number }, port = 0): Promise<number> {
  const server: Server = createServer((_request, response) => {
    response.statusCode = answer.status;
    response.end(String((server.address() as AddressInfo).port));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A gateway before one upstream; lines of its log are handed to `heard`. */
async function start(targets: string, healthchecks: string, heard: (line: string) => void = () => {}): Promise<Gateway> {
  const config = `_format_version: "3.0"
upstreams: [{ name: group, targets: [${targets}], healthchecks: ${healthchecks} }]
services: [{ name: s, host: group, retries: 0, routes: [{ name: r, paths: [/r] }] }]`;
  const gateway = await startGateway({ config, port: 0, log: heard });
  stops.unshift(() => gateway.close());
  return gateway;
}

const get = (gateway: Gateway): ReturnType<typeof sendRaw> => sendRaw(gateway.url, requestText('GET', '/r', []));

describe('a group of targets', () => {
  test('is used by turns, according to weight', async () => {
    const [a, b] = [await service({ status: 200 }), await service({ status: 200 })];
    const gateway = await start(`{ target: "127.0.0.1:${a}", weight: 3 }, { target: "127.0.0.1:${b}", weight: 1 }`, '{}');
    const seen: string[] = [];
    for (let i = 0; i < 8; i += 1) seen.push((await get(gateway)).body);
    expect(seen.filter((port) => port === String(a))).toHaveLength(6);
    expect(seen.filter((port) => port === String(b))).toHaveLength(2);
  });

  test('leaves out a target that was found ill; when all are, the answer is 503', async () => {
    const port = await closedPort();
    const gateway = await start(`{ target: "127.0.0.1:${port}" }`, '{ passive: { unhealthy: { tcp_failures: 2 } } }');
    const statuses: number[] = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await get(gateway)).status);
    expect(statuses).toEqual([502, 502, 503]);
    expect((await get(gateway)).body).toContain('failure to get a peer from the ring-balancer');
  });

  test("a provider's fault does not eject the only target: 500, 503 and 429 pass through for ever", async () => {
    const answer = { status: 503 };
    const port = await service(answer);
    const ours =
      '{ active: { type: tcp, healthy: { interval: 1, successes: 1 }, unhealthy: { interval: 1, tcp_failures: 1 } }, passive: { healthy: { successes: 1 }, unhealthy: { tcp_failures: 3, timeouts: 0, http_failures: 0 } } }';
    const gateway = await start(`{ target: "127.0.0.1:${port}" }`, ours);
    for (const status of [500, 503, 429]) {
      answer.status = status;
      for (let i = 0; i < 20; i += 1) expect(await get(gateway)).toMatchObject({ status, body: String(port) });
    }
  });

  test.each(['tcp', 'http'])('comes back by active checks over %s once it listens again', async (type) => {
    const port = await closedPort();
    const changes: string[] = [];
    let wake: () => void = () => {};
    const checks = `{ active: { type: ${type}, healthy: { interval: 0.05, successes: 1 }, unhealthy: { interval: 0.05, tcp_failures: 1 } } }`;
    const gateway = await start(`{ target: "127.0.0.1:${port}" }`, checks, (line) => {
      changes.push(line);
      wake();
    });
    const said = async (what: string): Promise<void> => {
      while (!changes.some((line) => line.endsWith(what))) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    await said('is unhealthy');
    expect((await get(gateway)).status).toBe(503);
    await service({ status: 200 }, port);
    await said('is healthy');
    expect((await get(gateway)).status).toBe(200);
  });
});

test('prometheus counts by service, route, status and consumer, and times what the gateway and the service took', async () => {
  const port = await service({ status: 200 });
  const config = `_format_version: "3.0"
services: [{ name: s, url: "http://127.0.0.1:${port}", routes: [{ name: r, paths: [/r], plugins: [{ name: key-auth }] }] }]
plugins: [{ name: prometheus, config: { per_consumer: true, status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true } }]
consumers: [{ username: alice, keyauth_credentials: [{ key: k }] }]`;
  const gateway = await startGateway({ config, port: 0 });
  stops.unshift(() => gateway.close());
  await get(gateway);
  await sendRaw(gateway.url, requestText('GET', '/r', [['apikey', 'k']]));
  await sendRaw(gateway.url, requestText('GET', '/none', []));
  const labels = (code: number, source: string, consumer: string): string =>
    `kong_http_requests_total{service="s",route="r",code="${code}",source="${source}",workspace="default",consumer="${consumer}"} 1`;
  const text = gateway.metrics();
  expect(text).toContain(labels(401, 'kong', ''));
  expect(text).toContain(labels(200, 'service', 'alice'));
  expect(text).toContain('# TYPE kong_upstream_latency_ms histogram');
  expect(text).toContain('kong_kong_latency_ms_count{service="s",route="r",workspace="default"} 2');
  expect(text).toMatch(/kong_bandwidth_bytes\{service="s",route="r",direction="egress",workspace="default",consumer="alice"\} [1-9]/);
  expect(text).not.toContain('none');
  const status = await startStatusListener(0, '127.0.0.1', () => gateway.metrics());
  stops.unshift(() => status.close());
  const scraped = await fetch(`${status.url}/metrics`);
  expect([scraped.status, scraped.headers.get('content-type'), await scraped.text()]).toEqual([200, 'text/plain; charset=UTF-8', text]);
  expect((await fetch(`${status.url}/config`)).status).toBe(404);
});
