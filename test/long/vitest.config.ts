import { defineConfig } from 'vitest/config';

// What takes minutes: soaks and long random runs, one after another so that they do not disturb each other.
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/long/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    // The functions log a line a request; it matters only beside a failure.
    silent: 'passed-only',
  },
});
