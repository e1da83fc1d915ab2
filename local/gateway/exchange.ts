import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Consumer, Credential, Route, Service } from './config/entities.ts';
import type { Field } from './http/fields.ts';
import type { Handlers } from './plugin.ts';

/** Where a route leads: the path for the service, and the prefix that was cut off (null when nothing was). */
export type Match = {
  route: Route;
  service: Service | null;
  path: string;
  prefix: string | null;
  captures: Readonly<Record<string, string>>;
};

/**
 * One request on its way through the gateway.
 *
 * Plugins read and change `headers`, `query`, `method`, `path` and `body` (what the service will get) and `out` (what the client
 * will get). Header values and bodies of text are latin1, as on the wire.
 */
export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** 32 hex digits, Kong's request id. */
  readonly id: string;
  readonly startedAt: number;
  readonly clientIp: string;
  readonly target: string;
  readonly headers: Field[];
  method: string;
  path: string;
  query: string;
  /** The whole body, once something had to read it. */
  body: Buffer | null;
  match: Match | null;
  consumer: Consumer | null;
  credential: Credential | null;
  /** Set by `request-transformer`'s `host` replacement or `preserve_host`; else the service's own name is sent. */
  host: string | null;
  /** The plugins whose later phases run: those for everything, until a route is found and they are collected anew. */
  collected: Handlers[];
  /** Whether the request went on to its service: Kong's headers differ then, also on errors. */
  proxied: boolean;
  status: number;
  readonly out: Field[];
  /** Milliseconds until the service answered, and until it was asked; null while unknown. */
  upstreamMs: number | null;
  proxyMs: number | null;
  bytesIn: number;
  bytesOut: number;
  /** Tells a client that sent `Expect: 100-continue` to go on; does nothing the second time. */
  invite(): void;
};
