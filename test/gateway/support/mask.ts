import type { Wire } from './wire.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const COUNTED = new Set(['x-kong-proxy-latency', 'x-kong-upstream-latency', 'x-kong-response-latency', 'ratelimit-reset', 'retry-after']);

function maskText(text: string): string {
  return text
    .replace(/127\.0\.0\.1-\d+-\d+-\d+-\d+-\d+\.\d{3}/g, '<tracker>')
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '<jwt>')
    .replace(UUID, '<uuid>')
    .replace(/\b[0-9a-f]{32}\b/g, '<id>');
}

/** A response with what changes from run to run masked, and its headers sorted; `Date` is left out, as in the recordings. */
export function mask({ status, reason, headers, body }: Wire): Wire {
  const masked = headers
    .filter(([name]) => name !== 'Date')
    .map(([name, value]): [string, string] => [name, COUNTED.has(name.toLowerCase()) ? value.replace(/^\d+$/, '<n>') : maskText(value)]);
  const sorted = masked.toSorted(([a, x], [b, y]) => {
    const [left, right] = [`${a.toLowerCase()}: ${x}`, `${b.toLowerCase()}: ${y}`];
    return left < right ? -1 : left > right ? 1 : 0;
  });
  return { status, reason, headers: sorted, body: maskText(body) };
}
