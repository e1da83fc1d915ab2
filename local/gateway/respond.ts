import type { Exchange } from './exchange.ts';
import type { Answer } from './http/answer.ts';
import { addField, rawOf, setOut, valueOf, type Field } from './http/fields.ts';
import { reasonOf } from './http/reason.ts';

export const KONG = 'kong/3.9.1';
const CHARSET_TYPES = new Set(['text/html', 'text/xml', 'text/plain', 'text/vnd.wap.wml', 'application/javascript', 'application/rss+xml']);

/** Whether the client's connection may serve another request, as nginx decides it. */
export function keepsAlive({ request }: Exchange): boolean {
  const connection = (request.headers.connection ?? '').toLowerCase();
  if (connection.includes('close')) return false;
  return request.httpVersion === '1.1' || connection.includes('keep-alive');
}

/** nginx's `charset` directive: these types say UTF-8 when they say nothing. */
function addCharset(out: Field[]): void {
  const field = out.find(({ key }) => key === 'content-type');
  if (field !== undefined && CHARSET_TYPES.has(field.value.toLowerCase())) field.value += '; charset=UTF-8';
}

/** The fields of a response as they are written: what is there, then date and framing. `chunked` says how an unknown length ends. */
export function framed(exchange: Exchange, keep: boolean, bodiless: boolean): string[] {
  const { out, request } = exchange;
  addCharset(out);
  if (valueOf(out, 'date') === undefined) addField(out, 'Date', new Date(exchange.startedAt).toUTCString());
  const sized = valueOf(out, 'content-length') !== undefined;
  const chunked = !sized && !bodiless && request.httpVersion === '1.1';
  if (chunked) addField(out, 'Transfer-Encoding', 'chunked');
  addField(out, 'Connection', keep && (sized || chunked || bodiless) ? 'keep-alive' : 'close');
  return rawOf(out);
}

/** Runs the header filters of the plugins that a request collected. */
export function filterHeaders(exchange: Exchange): void {
  for (const { headerFilter } of exchange.collected) headerFilter?.(exchange);
}

/** Sets an answer's headers and body on the exchange, as `kong.response.exit` does; the body may be changed by body filters. */
export function setAnswer(exchange: Exchange, answer: Answer): void {
  exchange.status = answer.status;
  for (const [name, value] of answer.headers) {
    if (name === 'Connection') addField(exchange.out, name, value);
    else setOut(exchange.out, name, value);
  }
  setOut(exchange.out, 'Content-Length', String(Buffer.byteLength(answer.body)));
}

/** The headers that Kong puts on what it made itself, after all plugins. */
export function markMade(exchange: Exchange, elapsedMs: number): void {
  setOut(exchange.out, 'X-Kong-Response-Latency', String(elapsedMs));
  setOut(exchange.out, 'Server', KONG);
  setOut(exchange.out, 'X-Kong-Request-Id', exchange.id);
}

/** The headers that Kong puts on what a service answered, or failed to. */
export function markProxied(exchange: Exchange, viaService: string | undefined): void {
  const { out } = exchange;
  setOut(out, 'X-Kong-Upstream-Latency', String(exchange.upstreamMs ?? 0));
  setOut(out, 'X-Kong-Proxy-Latency', String(exchange.proxyMs ?? 0));
  setOut(out, 'Via', viaService === undefined ? `1.1 ${KONG}` : `${viaService}, 1.1 ${KONG}`);
  if (valueOf(out, 'server') === undefined) addField(out, 'Server', KONG);
  setOut(out, 'X-Kong-Request-Id', exchange.id);
}

/** Writes an answer that the gateway made to the client, through the filters of the collected plugins; `close` ends the connection. */
export function respond(exchange: Exchange, answer: Answer, now: number, { close } = { close: false }): void {
  const { response, request, collected } = exchange;
  if (response.headersSent || response.destroyed) return;
  setAnswer(exchange, answer);
  filterHeaders(exchange);
  if (exchange.proxied) markProxied(exchange, undefined);
  else markMade(exchange, now - exchange.startedAt);
  let body: Buffer = Buffer.from(answer.body);
  for (const { bodyFilter } of collected) if (bodyFilter?.applies(exchange)) body = bodyFilter.change(exchange, body);
  const bodiless = request.method === 'HEAD' || exchange.status === 204 || exchange.status === 304;
  const raw = framed(exchange, !close && keepsAlive(exchange), bodiless);
  response.writeHead(exchange.status, reasonOf(exchange.status), raw);
  response.end(bodiless ? undefined : body);
}
