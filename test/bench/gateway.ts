import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { render } from '../../gateway/render.ts';
import { start } from '../gateway/support/process.ts';
import { testValues } from '../gateway/support/values.ts';

const PATH = '/api/v1/rag/search?q=breaker';
const SAMPLES = 2000;
const PAUSE_MS = 1;
const CONNECTIONS = 32;
const LOAD_MS = 5000;

/** Sends one request after the other on a kept connection; `each` gets the milliseconds of one, and stops by returning false. */
function drive(url: string, headers: string, pauseMs: number, each: (milliseconds: number) => boolean): Promise<void> {
  const { hostname, port } = new URL(url);
  const request = `GET ${PATH} HTTP/1.1\r\nHost: ${hostname}\r\n${headers}\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let began = 0;
    let text = '';
    const send = (): void => {
      began = performance.now();
      text = '';
      socket.write(request);
    };
    socket.setEncoding('latin1');
    socket.once('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += String(chunk);
      const blank = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      if (blank < 0 || text.length < blank + 4 + length) return;
      if (!text.startsWith('HTTP/1.1 200')) reject(new Error(text.slice(0, 300)));
      if (!each(performance.now() - began)) {
        socket.destroy();
        resolve();
      } else if (pauseMs === 0) send();
      else setTimeout(send, pauseMs);
    });
  });
}

async function latencies(url: string, headers: string): Promise<number[]> {
  const found: number[] = [];
  await drive(url, headers, PAUSE_MS, (milliseconds) => found.push(milliseconds) < SAMPLES);
  return found.slice(SAMPLES / 10).toSorted((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)]!;

/**
 * Measures what the gateway adds to a direct call, and what one core of it can do, with gateway/kong.yml as it is but for the limit.
 *
 * Gateway, service and Redis run in processes of their own. "One core" is requests by seconds of CPU that the gateway used.
 */
export async function run(): Promise<void> {
  const upstream = await start({ role: 'upstream' });
  const redis = await start({ role: 'redis' });
  const address = new URL(redis.url);
  const { values } = testValues(upstream.url, { host: address.hostname, port: Number(address.port) });
  const rendered = render(readFileSync(new URL('../../gateway/kong.yml', import.meta.url), 'utf8'), values);
  const gateways = {
    'Redis policy': await start({ role: 'gateway', config: rendered.replaceAll(/minute: \d+/g, 'minute: 100000000') }),
    'local policy': await start({
      role: 'gateway',
      config: rendered.replaceAll(/minute: \d+/g, 'minute: 100000000').replaceAll('policy: redis', 'policy: local'),
    }),
  };
  const key = `apikey: ${values.DECK_API_KEY}\r\n`;
  try {
    const direct = await latencies(upstream.url, '');
    console.log(
      `direct: p50 ${at(direct, 0.5).toFixed(2)} ms, p99 ${at(direct, 0.99).toFixed(2)} ms (one connection, ${SAMPLES} requests)`,
    );
    for (const [name, gateway] of Object.entries(gateways)) {
      const through = await latencies(gateway.url, key);
      const [p50, p99] = [at(through, 0.5) - at(direct, 0.5), at(through, 0.99) - at(direct, 0.99)];
      console.log(`${name}: adds p50 ${p50.toFixed(2)} ms (goal: at most 1), p99 ${p99.toFixed(2)} ms`);
      const cpuBefore = await gateway.cpuSeconds();
      const until = performance.now() + LOAD_MS;
      let count = 0;
      const load = Array.from({ length: CONNECTIONS }, () =>
        drive(gateway.url, key, 0, () => (count += 1) > 0 && performance.now() < until),
      );
      await Promise.all(load);
      const cpu = (await gateway.cpuSeconds()) - cpuBefore;
      const [rate, perCore] = [count / (LOAD_MS / 1000), count / cpu];
      console.log(
        `${name}: ${rate.toFixed(0)} requests/s over ${CONNECTIONS} connections; ${perCore.toFixed(0)} a second of one core (goal: 2000)`,
      );
    }
  } finally {
    for (const each of [upstream, redis, ...Object.values(gateways)]) each.stop();
  }
}
