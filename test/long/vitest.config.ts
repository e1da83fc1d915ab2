import { defineConfig } from 'vitest/config';
import { insideWorkerd, RETRY } from '../vitest.config.ts';

// What takes minutes: soaks, long random runs and workers killed at every write, one after another so that they do not disturb each other.
const DEATHS = ['test/functions/ingest/{jobs,reindex,statistics}.test.ts', 'test/functions/query/cache-changes.test.ts'];

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    globalSetup: ['test/functions/worlds.ts'],
    provide: { deathStep: 1, propertyRuns: 100 },
    retry: RETRY,
    testTimeout: 900_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    setupFiles: ['test/quiet.ts'],
    silent: 'passed-only',
    projects: [
      {
        extends: true,
        test: { name: 'long', globalSetup: [], include: ['test/long/**/*.test.ts', 'test/local/search.properties.test.ts'] },
      },
      { extends: true, test: { name: 'long:functions', globalSetup: [], include: DEATHS } },
      { extends: true, ...insideWorkerd, test: { name: 'long:workerd', globalSetup: [], include: DEATHS } },
    ],
  },
});
