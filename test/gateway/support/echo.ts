import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The service that the recorded exchanges were made before: it answers with what reached it. */
export type Echo = { url: string; port: number; close(): Promise<void> };

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(`data: ${sent}\n\n`);
    sent += 1;
    if (sent <= 5) return;
    clearInterval(timer);
    response.end();
  }, 300);
  response.once('close', () => clearInterval(timer));
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '';
  if (url.includes('/sse')) return stream(response);
  if (url.includes('/slow')) {
    const timer = setTimeout(() => response.end('slow'), 8000);
    response.once('close', () => clearTimeout(timer));
    return;
  }
  if (url.includes('/reset')) {
    request.socket.destroy();
    return;
  }
  const status = /\/status\/(\d+)/.exec(url)?.[1];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  request.on('end', () => {
    response.writeHead(status === undefined ? 200 : Number(status), {
      'content-type': 'application/json',
      'x-upstream': '1',
      vary: 'Accept-Encoding',
    });
    response.end(JSON.stringify({ method: request.method, url, headers: request.headers, bodyLen: length }));
  });
}

/** Starts the echo service; port 0 takes a free one. */
export async function startEcho(port = 0): Promise<Echo> {
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
