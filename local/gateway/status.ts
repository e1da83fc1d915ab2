import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The listener that a scraper asks, apart from the one for callers. */
export type StatusListener = { url: string; close(): Promise<void> };

/**
 * Serves `GET /metrics` (Prometheus text format 0.0.4) and `GET /status/ready`, as Kong's status listener does; anything else is 404.
 *
 * Rejects when the port (0: any free one) is taken.
 */
export async function startStatusListener(port: number, host: string, metrics: () => string): Promise<StatusListener> {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') response.writeHead(200, { 'content-type': 'text/plain; charset=UTF-8' }).end(metrics());
    else if (request.url === '/status/ready') response.writeHead(200, { 'content-type': 'application/json' }).end('{"message":"ready"}');
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not found"}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
