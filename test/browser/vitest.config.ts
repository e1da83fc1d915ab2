import { defineConfig } from 'vitest/config';
import { RETRY } from '../vitest.config.ts';

// The dashboard in a real browser, against the emulator; one file after another, since each has a browser and every function to itself.
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    retry: RETRY,
    // The functions log a line a request; it matters only beside a failure.
    silent: 'passed-only',
  },
});
