import { randomFillSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';
import { fieldsOf } from './http/fields.ts';

/** nginx drops headers of other names without a word (`ignore_invalid_headers`, `underscores_in_headers on`). */
const NAME = /^[\w-]+$/;

const ID_BYTES = 16;
const pool = Buffer.alloc(256 * ID_BYTES);
let used = pool.length;

/** 32 random hex digits; the randomness is drawn for many ids at once. */
function nextId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('hex', used - ID_BYTES, used);
}

/** The request target without the scheme and host of its absolute form. */
function pathAndQuery(url: string): string {
  const origin = /^https?:\/\/[^/?#]*/i.exec(url)?.[0];
  if (origin === undefined) return url;
  const rest = url.slice(origin.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Begins an exchange for a request as it arrived. */
export function begin(request: IncomingMessage, response: ServerResponse, now: number): Exchange {
  const target = pathAndQuery(request.url ?? '/');
  const at = target.indexOf('?', 1);
  let invited = false;
  return {
    request,
    response,
    id: nextId(),
    startedAt: now,
    clientIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    target,
    headers: fieldsOf(request.rawHeaders).filter(({ name }) => NAME.test(name)),
    method: request.method ?? 'GET',
    path: '/',
    query: at < 0 ? '' : target.slice(at + 1),
    body: null,
    match: null,
    consumer: null,
    credential: null,
    host: null,
    collected: [],
    proxied: false,
    status: 0,
    out: [],
    upstreamMs: null,
    proxyMs: null,
    bytesIn: 0,
    bytesOut: 0,
    invite() {
      if (invited) return;
      invited = true;
      if (request.headers.expect?.toLowerCase() === '100-continue' && request.httpVersion === '1.1') response.writeContinue();
    },
  };
}

type Totals = { read: number; written: number };
const counted = new WeakMap<Socket, Totals>();

/** Ends an exchange: counts its bytes and lets the collected plugins log it. */
export function finish(exchange: Exchange): void {
  const { socket } = exchange.request;
  const before = counted.get(socket) ?? { read: 0, written: 0 };
  exchange.bytesIn = socket.bytesRead - before.read;
  exchange.bytesOut = socket.bytesWritten - before.written;
  counted.set(socket, { read: socket.bytesRead, written: socket.bytesWritten });
  for (const { log } of exchange.collected) log?.(exchange);
}
