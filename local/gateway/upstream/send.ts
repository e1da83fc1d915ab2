import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import type { Service } from '../config/entities.ts';
import type { Peer } from './balancer.ts';

/** How an attempt failed before a response began. `sent` says whether the service may have seen the request. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  readonly kind: 'timeout' | 'failure';
  readonly sent: boolean;
  /** The connection was an idle one that the service had just closed: the request was not looked at. */
  readonly stale: boolean;
  constructor(kind: 'timeout' | 'failure', sent: boolean, stale: boolean, cause?: unknown) {
    super(kind, { cause });
    this.kind = kind;
    this.sent = sent;
    this.stale = stale;
  }
}

/** The connections that are kept open to services. */
export type Pool = {
  http: Agent;
  https: TlsAgent;
  unverified: TlsAgent;
  /** Whether a request to an address is under way; of plain HTTP only. */
  isBusy(address: { hostname: string; port: string }): boolean;
  close(): void;
};

/** Kong keeps 512 idle connections to a service for 60 seconds (`upstream_keepalive_*`). */
export function pool(): Pool {
  const options = { keepAlive: true, maxFreeSockets: 512, timeout: 60_000, scheduling: 'lifo' } as const;
  const http = new Agent(options);
  // Address and port are all that tells our connections apart; node's own name is built of ten parts for each request.
  http.getName = (wanted) => `${wanted?.host}:${wanted?.port}`;
  const agents = {
    http,
    https: new TlsAgent(options),
    unverified: new TlsAgent({ ...options, rejectUnauthorized: false }),
  };
  return {
    ...agents,
    isBusy: ({ hostname, port }) => (http.sockets[`${hostname}:${port}`]?.length ?? 0) > 0,
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** A request as it goes to a service; `body` is whole, or written into the request by the caller when null. */
export type Outgoing = {
  method: string;
  path: string;
  fields: readonly (readonly [string, string])[];
  body: Buffer | null;
  servername: string;
};

function open(service: Service, peer: Peer, { method, path, servername }: Outgoing, agents: Pool): ClientRequest {
  const options = { host: peer.address, port: peer.port, method, path, setHost: false, joinDuplicateHeaders: true } as const;
  if (service.protocol === 'http') return httpRequest({ ...options, agent: agents.http });
  return httpsRequest({ ...options, agent: service.verifyTls ? agents.https : agents.unverified, servername });
}

function writeFields(request: ClientRequest, fields: Outgoing['fields']): void {
  for (const [name, value] of fields) request.appendHeader(name, value);
  // Without this node would announce chunks for a POST that has no body at all.
  request.useChunkedEncodingByDefault = false;
}

/**
 * Sends a request to a peer and waits for the head of its response.
 *
 * `connectTimeoutMs` bounds the connection, `writeTimeoutMs` a pause between two writes, `readTimeoutMs` one between two reads, also
 * in the response. Rejects with Trouble. `started` gets the request at once, to write a body into it or to abort it.
 */
export function send(
  service: Service,
  peer: Peer,
  outgoing: Outgoing,
  agents: Pool,
  started: (request: ClientRequest) => void,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = open(service, peer, outgoing, agents);
    let written = outgoing.body?.length === 0;
    let timedOut = false;
    let connected = false;
    const expire = (): void => {
      timedOut = true;
      request.destroy();
    };
    request.once('socket', (socket) => {
      const live = (): void => {
        connected = true;
        socket.setTimeout(written ? service.readTimeoutMs : service.writeTimeoutMs);
      };
      socket.on('timeout', expire);
      if (socket.connecting) {
        socket.setTimeout(service.connectTimeoutMs);
        socket.once('connect', live);
      } else live();
      request.once('finish', () => {
        if (connected && !written) socket.setTimeout(service.readTimeoutMs);
        written = true;
      });
      request.once('close', () => {
        socket.off('timeout', expire);
        socket.off('connect', live);
      });
    });
    let answered = false;
    request.once('response', (response) => {
      answered = true;
      resolve(response);
    });
    request.on('error', (error) => {
      if (answered) return;
      reject(new Trouble(timedOut ? 'timeout' : 'failure', connected, request.reusedSocket && !timedOut, error));
    });
    request.once('close', () => {
      if (!answered) reject(new Trouble(timedOut ? 'timeout' : 'failure', connected, false));
    });
    writeFields(request, outgoing.fields);
    started(request);
    if (outgoing.body === null) return;
    if (outgoing.body.length === 0) request.end();
    else request.end(outgoing.body);
  });
}
