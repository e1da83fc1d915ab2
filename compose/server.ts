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

/** Every function by the first segment of its path below the base. */
const FUNCTIONS: Record<string, Hono<App>> = { search, query, ingest, collections, status };
/** As in `gateway/kong.yml`: a reindexing is a job, and jobs are the ingest function's. */
const REINDEX = /^\/api\/v1\/rag\/collections\/[^/]+\/reindex\/?$/;

function functionFor(path: string): Hono<App> {
  return REINDEX.test(path) ? ingest : (FUNCTIONS[path.split('/')[4] ?? ''] ?? status);
}

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
  const answer = (request: Request): Response | Promise<Response> =>
    functionFor(new URL(request.url).pathname).fetch(request, env, context);
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
