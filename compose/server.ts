import type { ExecutionContext, Hono } from 'hono';
import chat from '../functions/chat/worker.ts';
import collections from '../functions/collections/worker.ts';
import docs from '../functions/docs/worker.ts';
import ingest from '../functions/ingest/worker.ts';
import mcp from '../functions/mcp/worker.ts';
import query from '../functions/query/worker.ts';
import search from '../functions/search/worker.ts';
import status from '../functions/status/worker.ts';
import { readEnv } from '../functions/_kernel/env.ts';
import { REAP_EVERY_MS } from '../functions/_kernel/limits.ts';
import { closeRedisPool } from '../functions/_kernel/upstreams/redis.node.ts';
import type { App } from '../functions/_kernel/http/app.ts';
import { listen, type Server } from './listen.ts';
import { servePage } from './page.ts';

export type { Server } from './listen.ts';

/** Every function by the first segment of its path below the base; chat has a base of its own, `/v1`. */
const FUNCTIONS: Record<string, Hono<App>> = { search, query, ingest, collections, status, mcp, chat, docs };
/** As in `gateway/kong.yml`: a reindexing is a job, and jobs are the ingest function's. */
const REINDEX = /^\/api\/v1\/rag\/collections\/[^/]+\/reindex\/?$/;

/** The functions that mcp and chat ask: service bindings at the edge, here the same process, whichever functions it serves. */
function withPeers(env: object, context: ExecutionContext): object {
  const to = (app: Hono<App>) => ({
    fetch: async (input: Parameters<typeof fetch>[0], init?: RequestInit) => app.fetch(new Request(input, init), bound, context),
  });
  const bound = {
    ...env,
    SEARCH_FUNCTION: to(search),
    QUERY_FUNCTION: to(query),
    INGEST_FUNCTION: to(ingest),
    COLLECTIONS_FUNCTION: to(collections),
  };
  return bound;
}

/** The page has a server to itself, since its paths are its own. */
const PAGE = 'dashboard';

/** The functions by name, or the named ones only. @throws Error naming one that there is not. */
function chosen(names: readonly string[] | null): Record<string, Hono<App>> {
  if (names === null) return FUNCTIONS;
  const unknown = names.find((name) => !(name in FUNCTIONS));
  if (unknown !== undefined)
    throw new Error(`FUNCTIONS: there is no function ${unknown}; there are ${Object.keys(FUNCTIONS).join(', ')}, and ${PAGE} alone.`);
  return Object.fromEntries(names.map((name) => [name, FUNCTIONS[name]!]));
}

/** Lets the reaper of ingestion come now and then, as the cron trigger does at the edge; several processes do not disturb each other. */
function startReaper(env: object, context: ExecutionContext): NodeJS.Timeout {
  return setInterval(() => context.waitUntil(ingest.scheduled(null, env, context)), REAP_EVERY_MS).unref();
}

/**
 * Serves every function from one Node process, the way containers run them behind Kong.
 *
 * @param env the variables of `functions/_kernel/env.ts`; checked before the port is opened. @param port 0 takes a free one.
 * @param functions only these, by name; null (default) all but the dashboard, which is served alone. `close` lets deferred work (ingestion) end before it resolves.
 * @throws EnvError naming every bad key; Error when the port is in use, or for a function that there is not.
 */
export async function startServer(options: {
  env: Record<string, string | undefined>;
  port: number;
  host: string;
  functions?: readonly string[] | null;
}): Promise<Server> {
  const { port, host } = options;
  if (options.functions?.join() === PAGE) return servePage(options);
  readEnv(options.env);
  const functions = chosen(options.functions ?? null);
  const nameOf = (path: string): string =>
    REINDEX.test(path) ? 'ingest' : path.startsWith('/v1/') ? 'chat' : (path.split('/')[4] ?? '').replace('openapi.json', 'docs');
  const functionFor = (path: string): Hono<App> => functions[nameOf(path)] ?? functions['status'] ?? Object.values(functions)[0]!;
  const pending = new Set<Promise<unknown>>();
  const context: ExecutionContext = {
    waitUntil(work: Promise<unknown>) {
      const tracked = work.finally(() => pending.delete(tracked));
      pending.add(tracked);
    },
    passThroughOnException() {},
    props: {},
  };
  const env = withPeers(options.env, context);
  const answer = (request: Request): Response | Promise<Response> =>
    functionFor(new URL(request.url).pathname).fetch(request, env, context);
  const { server, url } = await listen(answer, port, host);
  const reaper = 'ingest' in functions ? startReaper(env, context) : null;
  return {
    url,
    async close() {
      if (reaper !== null) clearInterval(reaper);
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      await Promise.allSettled(pending);
      closeRedisPool();
    },
  };
}
