import { serve, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import collections from '../functions/collections/worker.ts';
import ingest from '../functions/ingest/worker.ts';
import query from '../functions/query/worker.ts';
import search from '../functions/search/worker.ts';
import status from '../functions/status/worker.ts';
import { readEnv } from '../functions/_kernel/env.ts';
import { closeRedisPool } from '../functions/_kernel/upstreams/redis.node.ts';
import type { App } from '../functions/_kernel/http/app.ts';

/** Every function by the first segment of its path. */
const FUNCTIONS: Record<string, Hono<App>> = { search, query, ingest, collections, status };

export type Server = { url: string; close(): Promise<void> };

/**
 * Serves every function from one Node process, the way containers run them behind Kong.
 *
 * @param env the variables of `functions/_kernel/env.ts`; checked before the port is opened. @param port 0 takes a free one.
 * `close` lets deferred work (ingestion) end before it resolves.
 * @throws EnvError naming every bad key; Error when the port is in use.
 */
export async function startServer(options: { env: Record<string, string | undefined>; port: number; host: string }): Promise<Server> {
  const { env, port, host } = options;
  readEnv(env);
  const pending = new Set<Promise<unknown>>();
  const context = {
    waitUntil(work: Promise<unknown>) {
      const tracked = work.finally(() => pending.delete(tracked));
      pending.add(tracked);
    },
    passThroughOnException() {},
    props: {},
  };
  const answer = (request: Request): Response | Promise<Response> => {
    const name = new URL(request.url).pathname.split('/')[4] ?? '';
    return (FUNCTIONS[name] ?? status).fetch(request, env, context);
  };
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = serve({ fetch: answer, port, hostname: host }, () => resolve(starting));
    starting.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} is in use: stop what listens there, or set another PORT.`) : error),
    );
  });
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host}:${actual}`,
    async close() {
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      await Promise.allSettled(pending);
      closeRedisPool();
    },
  };
}
