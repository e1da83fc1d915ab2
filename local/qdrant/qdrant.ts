import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultAnswers, type Faults, serveWithFaults } from '../faults.ts';
import { CLOUD_STRICT_MODE } from './config.ts';
import { openEngine } from './engine.ts';
import { listener } from './http.ts';
import { absentRoutes } from './routes/absent.ts';
import { aliasRoutes } from './routes/aliases.ts';
import { collectionRoutes } from './routes/collections.ts';
import { facetRoutes } from './routes/facet.ts';
import { matrixRoutes } from './routes/matrix.ts';
import { pointRoutes } from './routes/points.ts';
import { queryRoutes } from './routes/query.ts';
import { searchRoutes } from './routes/search.ts';
import { serviceRoutes } from './routes/service.ts';
import { snapshotRoutes } from './routes/snapshots.ts';

const failed = (error: string): string => JSON.stringify({ status: { error }, time: 0 });

/** Searches and scrolls are POST too. */
const isWrite = (method: string, path: string): boolean =>
  method === 'POST'
    ? /\/points\/(?:delete|payload|vectors|batch)|\/(?:aliases|snapshots)/.test(path)
    : method !== 'GET' && method !== 'HEAD';

/** How Qdrant 1.19 words its own failures (`src/actix/helpers.rs`, `operations/types.rs`). */
const ANSWERS: FaultAnswers = {
  error: { status: 500, body: failed('Service internal error: 1 of 1 read operations failed') },
  oom: {
    status: 507,
    body: failed('Insufficient storage: Resident memory usage is at 96% of total memory, exceeding the configured limit of 95%'),
  },
  full: {
    status: 429,
    headers: { 'retry-after': '1' },
    body: (method, path) =>
      failed(
        `Rate limiting exceeded: ${isWrite(method, path) ? 'Write' : 'Read'} rate limit exceeded: Operation requires 1 tokens but only 0.0 were available. Retry after 1s`,
      ),
  },
};

/**
 * Starts a stand-in for Qdrant 1.19 that speaks its REST API.
 *
 * `port` 0 (default): any free one. `dataDir` null: nothing is kept. `apiKey`: asked of every route but the health checks.
 * `strictMode` (default true): new collections have Qdrant Cloud's strict mode; false is what a server of one's own has.
 */
export async function startQdrant(options: {
  port?: number;
  host?: string;
  dataDir: string | null;
  apiKey?: string;
  strictMode?: boolean;
  log?: (line: string) => void;
  random?: () => number;
  now?: () => Date;
}): Promise<{ url: string; faults: Faults; close(): Promise<void> }> {
  const snapshotDir = options.dataDir === null ? mkdtempSync(join(tmpdir(), 'qdrant-snapshots-')) : join(options.dataDir, 'snapshots');
  const engine = openEngine({ dataDir: options.dataDir, snapshotDir, strictMode: options.strictMode === false ? null : CLOUD_STRICT_MODE });
  const server = await serveWithFaults({
    ...(options.port !== undefined && { port: options.port }),
    ...(options.host !== undefined && { host: options.host }),
    ...(options.random !== undefined && { random: options.random }),
    answers: ANSWERS,
    handler: listener({
      engine,
      routes: [
        ...serviceRoutes,
        ...aliasRoutes,
        ...snapshotRoutes,
        ...queryRoutes,
        ...searchRoutes,
        ...facetRoutes,
        ...matrixRoutes,
        ...pointRoutes,
        ...collectionRoutes,
        ...absentRoutes,
      ],
      apiKey: options.apiKey ?? null,
      random: options.random ?? Math.random,
      now: options.now ?? (() => new Date()),
      log: options.log ?? (() => undefined),
    }),
  });
  return {
    url: server.url,
    faults: server.faults,
    close: async () => {
      await server.close();
      engine.close();
      if (options.dataDir === null) rmSync(snapshotDir, { recursive: true, force: true });
    },
  };
}
