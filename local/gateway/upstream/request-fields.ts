import type { Exchange, Match } from '../exchange.ts';
import type { Service } from '../config/entities.ts';
import { removeField, valueOf, valuesOf, type Field } from '../http/fields.ts';
import { pathOf } from '../http/path.ts';
import { KONG } from '../respond.ts';
import type { Peer } from './balancer.ts';

/** Set anew for every request to a service, or never passed on (nginx's `proxy_set_header`, and its own defaults). */
const OWN = new Set([
  'te',
  'via',
  'host',
  'upgrade',
  'connection',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-path',
  'x-forwarded-prefix',
  'x-real-ip',
  'x-kong-request-id',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'expect',
]);

const tokens = (value: string): string[] => value.split(',').map((token) => token.trim().toLowerCase());

/** Removes what was meant for this hop alone: the headers that `Connection` names, and the proxy's own (RFC 9110, 7.6.1). */
export function removeHopByHop(headers: Field[]): void {
  const connection = valuesOf(headers, 'connection')[0];
  if (connection !== undefined && !['keep-alive', 'close', 'upgrade'].includes(connection)) {
    for (const token of tokens(connection)) if (token !== '') removeField(headers, token);
  }
  removeField(headers, 'proxy');
  removeField(headers, 'proxy-connection');
}

/** The name that a request was made for, as nginx's `$host`: lower case, without port and trailing dot. */
export function hostOf(host: string | undefined): string {
  const name = (host ?? '').toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  return name === '' ? 'kong' : name;
}

function authority(service: Service, peer: Peer): string {
  if (peer.hostHeader !== null) return peer.hostHeader;
  const name = peer.hostname.includes(':') ? `[${peer.hostname}]` : peer.hostname;
  const usual = service.protocol === 'https' ? 443 : 80;
  return peer.port === usual ? name : `${name}:${peer.port}`;
}

/** What does not depend on the peer: taken before plugins and hop-by-hop rules change the client's headers. */
export type Forwarded = { via: string; for: string; host: string; path: string; prefix: string | null; trailers: boolean };

/** Reads what the headers about the way so far will say. */
export function forwarded({ headers, request, clientIp, target }: Exchange, match: Match): Forwarded {
  const via = valuesOf(headers, 'via')[0];
  const chain = valuesOf(headers, 'x-forwarded-for')[0];
  const te = valuesOf(headers, 'te')[0];
  return {
    via: `${via === undefined ? '' : `${via}, `}${request.httpVersion} ${KONG}`,
    for: chain === undefined ? clientIp : `${chain}, ${clientIp}`,
    host: hostOf(valueOf(headers, 'host')),
    path: pathOf(target),
    prefix: match.prefix === null || match.prefix === '/' ? null : match.prefix,
    trailers: te !== undefined && tokens(te).includes('trailers'),
  };
}

/** The fields of the request to a service, in nginx's order. `length` is null for a body that is sent in chunks. */
export function requestFields(exchange: Exchange, info: Forwarded, peer: Peer, port: number, length: number | null): [string, string][] {
  const service = exchange.match!.service!;
  const fields: [string, string][] = [];
  if (info.trailers) fields.push(['TE', 'trailers']);
  fields.push(['Via', info.via], ['Host', exchange.host ?? authority(service, peer)], ['Connection', 'keep-alive']);
  fields.push(['X-Forwarded-For', info.for], ['X-Forwarded-Proto', 'http'], ['X-Forwarded-Host', info.host]);
  fields.push(['X-Forwarded-Port', String(port)], ['X-Forwarded-Path', info.path]);
  if (info.prefix !== null) fields.push(['X-Forwarded-Prefix', info.prefix]);
  fields.push(['X-Real-IP', exchange.clientIp], ['X-Kong-Request-Id', exchange.id]);
  if (length === null) fields.push(['Transfer-Encoding', 'chunked']);
  else if (length > 0 || valueOf(exchange.headers, 'content-length') !== undefined) fields.push(['Content-Length', String(length)]);
  for (const { name, key, value } of exchange.headers) if (!OWN.has(key)) fields.push([name, value]);
  return fields;
}
