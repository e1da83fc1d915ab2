import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { begin } from './begin.ts';
import { answerBroken } from './broken.ts';
import type { Exchange } from './exchange.ts';
import { handle, type Desk } from './handle.ts';
import { metrics } from './metrics.ts';
import type { RedisAddress } from './plugin.ts';
import { localCounters } from './rate-limit/counters.ts';
import { connectRedis, type Redis } from './redis.ts';
import { buildSite } from './site.ts';
import { pool } from './upstream/send.ts';

/** How the gateway is started. */
export type GatewayOptions = {
  /** A declarative file's text, rendered: no placeholders are left in it. */
  config: string;
  /** 0 takes a free one. */
  port: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Where rate limits count when the file names no Redis host, as `redis://host:port/database`. */
  redisUrl?: string;
  /** Gets a line for what goes wrong; default standard error. */
  log?: (line: string) => void;
  /** Milliseconds since 1970; default `Date.now`. */
  now?: () => number;
};

/** A running gateway. */
export type Gateway = {
  url: string;
  /** Takes a new file into service; throws and keeps the old one when it is refused. */
  reload(config: string): void;
  /** Whether requests to an address, such as `http://127.0.0.1:8101`, are under way. */
  isBusy(origin: string): boolean;
  /** What Prometheus reads from Kong's status listener. */
  metrics(): string;
  close(): Promise<void>;
};

type Connections = { find(address: RedisAddress): () => Redis; close(): void };

function connections(redisUrl: string | undefined): Connections {
  const open = new Map<string, Redis>();
  const fallback = redisUrl === undefined ? null : new URL(redisUrl);
  return {
    find(address) {
      if (!address.host && fallback === null) throw new Error('policy redis needs redis.host, or KONG_REDIS_URL where the file names none');
      const chosen: RedisAddress = address.host
        ? address
        : {
            host: fallback!.hostname,
            port: Number(fallback!.port || 6379),
            database: Number(fallback!.pathname.slice(1) || 0),
            timeout: address.timeout,
            username: decodeURIComponent(fallback!.username),
            password: decodeURIComponent(fallback!.password),
          };
      const key = JSON.stringify(chosen);
      return () => {
        const known = open.get(key);
        if (known !== undefined) return known;
        const redis = connectRedis(chosen);
        open.set(key, redis);
        return redis;
      };
    },
    close() {
      for (const redis of open.values()) redis.close();
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? `port ${port} on ${host} is in use: stop what listens there or choose another port` : error.message;
      reject(new Error(`the gateway cannot listen: ${why}`, { cause: error }));
    });
    server.listen({ port, host, backlog: 1024 }, resolve);
  });
}

/**
 * Starts a gateway that behaves as Kong 3.9 does with the same declarative file.
 *
 * Rejects when the file is refused (one error naming everything) or the port is taken. Redis is connected to only when a rate limit
 * with policy `redis` first counts.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const now = options.now ?? Date.now;
  const log = options.log ?? ((line: string) => console.error(line));
  const redis = connections(options.redisUrl);
  const counted = metrics();
  const around = { now, log, redis: redis.find, counters: localCounters(), metrics: counted };
  let site = buildSite(options.config, around);
  const agents = pool();
  const server = createServer({
    keepAliveTimeout: 75_000,
    requestTimeout: 0,
    headersTimeout: 60_000,
    maxHeaderSize: 131_072,
    requireHostHeader: false,
  });
  let port = options.port;
  const desk: Desk = { site: () => site, agents, now, log, port: () => port };
  const running = new WeakMap<Socket, Exchange>();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = begin(request, response, now());
    running.set(request.socket, exchange);
    response.once('close', () => running.delete(request.socket));
    void handle(exchange, desk);
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, serve);
  answerBroken(server, desk, (socket) => running.get(socket));
  const host = options.host ?? '127.0.0.1';
  await listen(server, options.port, host);
  ({ port } = server.address() as AddressInfo);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    reload(config) {
      const next = buildSite(config, around);
      site.balancer.close();
      site = next;
    },
    isBusy: (origin) => agents.isBusy(new URL(origin)),
    metrics: () => counted.text(),
    async close() {
      site.balancer.close();
      redis.close();
      agents.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}
