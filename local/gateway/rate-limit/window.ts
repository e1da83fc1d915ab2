import type { Scope } from '../config/entities.ts';

export type Period = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year';

/** How long Kong keeps a counter, and calls a window; a month counts as 30 days. Source: rate-limiting/expiration.lua. */
export const WINDOW_SECONDS: Readonly<Record<Period, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  month: 2_592_000,
  year: 31_536_000,
};

/** When the current window of each period began, in UTC milliseconds. Source: kong/tools/timestamp.lua. */
export function windowsAt(now: number): Record<Period, number> {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return {
    second: Math.floor(now / 1000) * 1000,
    minute: Math.floor(now / 60_000) * 60_000,
    hour: Math.floor(now / 3_600_000) * 3_600_000,
    day: Date.UTC(year, month, day),
    month: Date.UTC(year, month, 1),
    year: Date.UTC(year, 0, 1),
  };
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** The key of a counter, the same as a real Kong's, so that both can count in one Redis. */
export function counterKey({ routeId, serviceId }: Scope, identifier: string, period: Period, start: number): string {
  return `ratelimit:${routeId ?? NO_ID}:${serviceId ?? NO_ID}:${identifier}:${start}:${period}`;
}
