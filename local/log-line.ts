import type { News } from './reload.ts';

/** The time of day, here. */
const clockOf = (time: Date): string => time.toTimeString().slice(0, 8);

/** A function's log line for a person: time, function, method, route, status, duration, and what went wrong. */
export function readableLine(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { time, level: _, fn, method, route, status, ms, requestId, tenant: __, stack, ...rest } = entry;
  const clock = typeof time === 'string' ? clockOf(new Date(time)) : '';
  const shown = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? `${value}` : JSON.stringify(value));
  const noted = Object.entries(rest)
    .filter(([, value]) => !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `${key}=${Array.isArray(value) ? value.join(',') : shown(value)}`);
  const frames = Array.isArray(stack) ? [`\n    ${stack.join('\n    ')}`] : [];
  const request = method === undefined ? [] : [`${shown(method)} ${shown(route)}`, shown(status), `${shown(ms)} ms`];
  return [clock, fn, ...request, ...noted, typeof requestId === 'string' ? requestId.slice(0, 8) : '', ...frames].filter(Boolean).join(' ');
}

/** What became of an edit: lines for a person, or one JSON line where nobody reads. */
export function newsLine(news: News, time: Date, person: boolean): string {
  if (!person) return JSON.stringify({ time: time.toISOString(), in: 'reload', ...news });
  const clock = clockOf(time);
  if (news.kind === 'served')
    return `${clock} ${news.functions.join(', ')}: your edit is served, ${Math.round(news.ms)} ms after it was written`;
  const who = news.functions.length === 0 ? '' : `\n${clock} ${news.functions.join(', ')}: the version before goes on\n`;
  return `${news.problem}${who}`;
}
