import { readFileSync } from 'node:fs';
import { createRedisMock } from 'js-redis-server';
import { startGateway } from '../../../local/gateway/gateway.ts';
import { closedPort } from './closed-port.ts';
import { startEcho } from './echo.ts';

/**
 * What the recorded exchanges are played against: the local gateway, or a real Kong when `KONG_URL` names its proxy.
 *
 * A real Kong must be DB-less and reach this machine's loopback; each configuration is posted to `KONG_ADMIN_URL` (default
 * http://127.0.0.1:8001).
 */
export type Player = {
  url: string;
  /** The ports of the echo service and of the proxy, which the service sees. */
  ports: { echo: number; proxy: number };
  nowSeconds(): number;
  /** Begins new windows of all rate limits; in a real Kong that takes until the next minute. */
  nextWindow(): Promise<void>;
  close(): Promise<void>;
};

const RECORDED = { echo: 18_100, redis: 16_379, noRedis: 16_380, nothing: 18_199 };

async function realKong(url: string, config: string): Promise<Player> {
  const echo = await startEcho(RECORDED.echo);
  const redis = await createRedisMock({ port: RECORDED.redis });
  const admin = process.env.KONG_ADMIN_URL ?? 'http://127.0.0.1:8001';
  const response = await fetch(`${admin}/config`, { method: 'POST', body: new URLSearchParams({ config }) });
  if (!response.ok) throw new Error(`Kong refused the configuration: ${await response.text()}`);
  return {
    url,
    ports: { echo: RECORDED.echo, proxy: Number(new URL(url).port) },
    nowSeconds: () => Math.floor(Date.now() / 1000),
    nextWindow: () => new Promise((resolve) => setTimeout(resolve, 60_500 - (Date.now() % 60_000))),
    async close() {
      await echo.close();
      await redis.close();
    },
  };
}

async function localGateway(config: string): Promise<Player> {
  const echo = await startEcho();
  const redis = await createRedisMock();
  const ports = new Map([
    [RECORDED.echo, echo.port],
    [RECORDED.redis, redis.addresses()[0]!.port],
    [RECORDED.noRedis, await closedPort()],
    [RECORDED.nothing, await closedPort()],
  ]);
  let text = config;
  for (const [recorded, actual] of ports) text = text.replaceAll(String(recorded), String(actual));
  let now = Date.UTC(2026, 0, 1, 12, 0, 10);
  const gateway = await startGateway({ config: text, port: 0, now: () => now, log: () => {} });
  return {
    url: gateway.url,
    ports: { echo: echo.port, proxy: Number(new URL(gateway.url).port) },
    nowSeconds: () => Math.floor(now / 1000),
    nextWindow() {
      now += 3_600_000;
      return Promise.resolve();
    },
    async close() {
      await gateway.close();
      await echo.close();
      await redis.close();
    },
  };
}

/** Starts what a recorded configuration expects around it, and the player. */
export function startPlayer(file: string): Promise<Player> {
  const config = readFileSync(new URL(`../recordings/${file}`, import.meta.url), 'utf8');
  const url = process.env.KONG_URL;
  return url ? realKong(url, config) : localGateway(config);
}
