import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { runtimesReporter } from './runtimes-reporter.ts';

const root = new URL('..', import.meta.url).pathname;
// Two runtimes, one set of suites: what is in test/functions runs on Node and inside workerd.
const functions = ['test/functions/**/*.test.ts'];

// Nothing is fetched and nothing is reported: the suites work with the network off.
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false';
process.env['WRANGLER_SEND_METRICS'] = 'false';
process.env['CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV'] = 'false';

// Which real servers the contracts hold for; inside workerd the variables of this process are not to be had.
const REAL = ['QDRANT_URL', 'QDRANT_API_KEY', 'REDIS_URL', 'OLLAMA_URL', 'OLLAMA_EMBEDDING_MODEL', 'OLLAMA_GENERATION_MODEL'] as const;
const realServers = Object.fromEntries(REAL.flatMap((key) => (process.env[key] ? [[key, process.env[key]]] : [])));

/** A machine that stands still for a moment fails what waits for a deadline: CI asks once more, and says so; a person is told at once. */
export const RETRY = process.env['CI'] === undefined ? 0 : 1;

/** Vite's part of a project whose suites run inside workerd. */
export const insideWorkerd = {
  plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' }, miniflare: { cf: false } })],
  resolve: { alias: { 'whatwg-fetch': `${root}functions/_kernel/upstreams/no-polyfill.ts` } },
};

export default defineConfig({
  root,
  test: {
    globalSetup: ['test/functions/worlds.ts'],
    provide: { deathStep: 9, propertyRuns: 15, realServers },
    retry: RETRY,
    // Most suites wait for servers and deadlines more than they compute: more of them at once than there are cores.
    maxWorkers: 3,
    // The suites share no state but what a warm isolate keeps, which each clears; a process per file would cost half a second each.
    isolate: false,
    setupFiles: ['test/quiet.ts'],
    silent: 'passed-only',
    reporters: ['default', runtimesReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          globalSetup: [],
          testTimeout: 15_000,
          hookTimeout: 30_000,
          include: [
            'test/kernel/**/*.test.ts',
            'test/contracts/**/*.test.ts',
            'test/gateway/**/*.test.ts',
            'test/local/**/*.test.ts',
            'test/compose/**/*.test.ts',
            'test/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'node:functions',
          globalSetup: [],
          testTimeout: 15_000,
          hookTimeout: 30_000,
          include: functions,
        },
      },
      {
        extends: true,
        ...insideWorkerd,
        test: {
          name: 'workerd',
          globalSetup: [],
          testTimeout: 15_000,
          hookTimeout: 30_000,
          include: [
            ...functions,
            'test/contracts/ollama.test.ts',
            'test/contracts/qdrant/{collections,explore,filters,points,query,scroll}.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'journeys',
          globalSetup: [],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          include: ['test/journeys/**/*.test.ts'],
        },
      },
    ],
  },
});
