import { once } from 'node:events';
import { createServer, request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startGateway } from '../../../local/gateway/gateway.ts';

/** A request that reached the service, to be answered by hand. */
export type Call = { request: IncomingMessage; response: ServerResponse };

/** A gateway before a service that the test itself plays. */
export type Puppet = {
  url: string;
  /** Requests that reached the service and were not taken yet. */
  calls: Call[];
  nextCall(): Promise<Call>;
  /** Begins a request; its body and end are the caller's. */
  open(path: string, method?: string, headers?: Record<string, string>): { request: ClientRequest; response: Promise<IncomingMessage> };
  close(): Promise<void>;
};

/** Starts them with the routes `/stream` (nothing buffered), `/whole` (Kong's defaults) and `/sized` (at most 4 bytes). */
export async function startPuppet(): Promise<Puppet> {
  const calls: Call[] = [];
  let wake: (() => void) | null = null;
  const server = createServer((request, response) => {
    calls.push({ request, response });
    wake?.();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = `_format_version: "3.0"
services:
  - name: up
    url: ${url}
    retries: 1
    read_timeout: 300
    routes:
      - { name: stream, paths: [/stream], request_buffering: false, response_buffering: false }
      - { name: whole, paths: [/whole] }
      - { name: sized, paths: [/sized], plugins: [{ name: request-size-limiting, config: { allowed_payload_size: 4, size_unit: bytes } }] }
`;
  const gateway = await startGateway({ config, port: 0, log: () => {} });
  return {
    url: gateway.url,
    calls,
    async nextCall() {
      while (calls.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return calls.shift()!;
    },
    open(path, method = 'GET', headers = {}) {
      const request = httpRequest(`${gateway.url}${path}`, { method, headers, agent: false });
      const response = once(request, 'response').then(([message]) => message as IncomingMessage);
      response.catch(() => {});
      return { request, response };
    },
    async close() {
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
