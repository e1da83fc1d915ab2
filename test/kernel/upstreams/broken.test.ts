import { expect, test } from 'vitest';
import { retryAfterMs } from '../../../functions/_kernel/upstreams/broken.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

test.each([
  [null, undefined],
  ['0', 0],
  ['30', 30_000],
  [' 5 ', 5_000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
  ['soon', undefined],
])('Retry-After %j is %j ms', (header, wait) => {
  expect(retryAfterMs(header, NOW)).toBe(wait);
});
