import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Exchange } from '../exchange.ts';
import { fieldsOf, valueOf, type Field } from '../http/fields.ts';
import { filterHeaders, framed, keepsAlive, markProxied } from '../respond.ts';
import type { Balancer, Peer } from './balancer.ts';
import { requestFields, type Forwarded } from './request-fields.ts';
import { send, Trouble, type Outgoing, type Pool } from './send.ts';

/** Requests that a service must not get twice once it may have seen them (nginx's `non_idempotent`). */
const ONCE = new Set(['POST', 'LOCK', 'PATCH']);
/** Of no use to the client, or nginx's own business (`ngx_http_proxy_hide_headers`). */
const HIDDEN = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'status',
  'upgrade',
  'x-pad',
  'x-accel-expires',
  'x-accel-redirect',
  'x-accel-limit-rate',
  'x-accel-buffering',
  'x-accel-charset',
]);
const EMPTY = Buffer.alloc(0);
const CANONICAL: Readonly<Record<string, string>> = { 'content-type': 'Content-Type', 'content-length': 'Content-Length' };

export type Around = { agents: Pool; balancer: Balancer; port: number; now(): number };

function canRetry(exchange: Exchange, trouble: Trouble, streamed: boolean): boolean {
  if (streamed) return false;
  return !trouble.sent || trouble.stale || !ONCE.has(exchange.method);
}

/** Sends the request, again to the next peer where that is safe, and gives the response's head. Rejects with Trouble or NoPeer. */
async function attempt(
  exchange: Exchange,
  info: Forwarded,
  first: Peer,
  around: Around,
): Promise<{ response: IncomingMessage; peer: Peer }> {
  const service = exchange.match!.service!;
  const { request: incoming } = exchange;
  const streamed =
    exchange.body === null && (incoming.headers['transfer-encoding'] !== undefined || Number(incoming.headers['content-length'] ?? 0) > 0);
  const declared = valueOf(exchange.headers, 'content-length');
  const length = exchange.body !== null ? exchange.body.length : streamed ? (declared === undefined ? null : Number(declared)) : 0;
  let peer = first;
  let left = service.retries;
  let current: ClientRequest | null = null;
  const leave = (): void => {
    current?.destroy();
  };
  exchange.response.once('close', leave);
  for (;;) {
    const outgoing: Outgoing = {
      method: exchange.method,
      path: exchange.path,
      fields: requestFields(exchange, info, peer, around.port, length),
      body: streamed ? null : (exchange.body ?? EMPTY),
      servername: peer.hostname,
    };
    try {
      const response = await send(service, peer, outgoing, around.agents, (request) => {
        current = request;
        if (!streamed) return;
        exchange.invite();
        incoming.once('error', () => request.destroy());
        incoming.pipe(request);
      });
      return { response, peer };
    } catch (error) {
      peer.done();
      if (!(error instanceof Trouble)) throw error;
      if (exchange.response.destroyed) throw error;
      if (!error.stale) peer.report(error.kind === 'timeout' ? 'timeout' : 'tcp_failure');
      if (!canRetry(exchange, error, streamed)) throw error;
      if (!error.stale) {
        if (left === 0) throw error;
        left -= 1;
      }
      peer = await around.balancer.pick(service);
    }
  }
}

function addResponseFields(out: Field[], raw: readonly string[]): void {
  const fields = fieldsOf(raw);
  const connection = valueOf(fields, 'connection');
  const usual = connection === undefined || connection === 'keep-alive' || connection === 'close';
  const named = usual ? [] : connection.split(',').map((token) => token.trim().toLowerCase());
  for (const field of fields) {
    if (HIDDEN.has(field.key) || named.includes(field.key)) continue;
    field.name = CANONICAL[field.key] ?? field.name;
    out.push(field);
  }
}

/**
 * Passes a body on as it comes, with back-pressure.
 *
 * The first piece waits for one turn of the event loop: a whole small answer then leaves in one write, head and all. As a latin1
 * text it shares that write with the head, which saves a system call's worth of time a request.
 */
function pass(exchange: Exchange, upstream: IncomingMessage, bodiless: boolean): void {
  const { response } = exchange;
  if (bodiless) {
    upstream.resume();
    response.end();
    return;
  }
  let held: Buffer | null = null;
  let begun = false;
  const begin = (): void => {
    if (begun) return;
    begun = true;
    if (held === null) response.flushHeaders();
    else write(held);
  };
  const write = (chunk: Buffer): void => {
    if (response.write(chunk.toString('latin1'), 'latin1')) return;
    upstream.pause();
    response.once('drain', () => upstream.resume());
  };
  upstream.on('data', (chunk: Buffer) => {
    if (begun) write(chunk);
    else if (held === null) held = chunk;
    else {
      begin();
      write(chunk);
    }
  });
  upstream.once('end', () => {
    if (begun || held === null) response.end();
    else response.end(held.toString('latin1'), 'latin1');
    begun = true;
  });
  setImmediate(begin);
}

async function gather(upstream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of upstream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * Has a service answer the request, and passes the answer on as it comes.
 *
 * When the client leaves, the request to the service is aborted; when the service breaks off, so is the response. Rejects with
 * Trouble or NoPeer while nothing was sent to the client.
 */
export async function forward(exchange: Exchange, info: Forwarded, first: Peer, around: Around): Promise<void> {
  const asked = around.now();
  exchange.proxyMs = asked - exchange.startedAt;
  const { response: upstream, peer } = await attempt(exchange, info, first, around).finally(() => {
    exchange.upstreamMs = around.now() - asked;
  });
  const { out, response } = exchange;
  exchange.status = upstream.statusCode ?? 502;
  peer.report({ status: exchange.status });
  upstream.once('close', () => peer.done());
  addResponseFields(out, upstream.rawHeaders);
  const via = valueOf(out, 'via');
  filterHeaders(exchange);
  markProxied(exchange, via);
  const bodiless = exchange.request.method === 'HEAD' || exchange.status === 204 || exchange.status === 304;
  const filters = exchange.collected.flatMap(({ bodyFilter }) => (bodyFilter?.applies(exchange) ? [bodyFilter] : []));
  upstream.once('error', () => response.destroy());
  const head = (): void => {
    response.writeHead(exchange.status, upstream.statusMessage ?? '', framed(exchange, keepsAlive(exchange), bodiless));
  };
  if (filters.length === 0 || bodiless) {
    head();
    pass(exchange, upstream, bodiless);
    return;
  }
  let body = await gather(upstream);
  for (const filter of filters) body = filter.change(exchange, body);
  head();
  response.end(body);
}
