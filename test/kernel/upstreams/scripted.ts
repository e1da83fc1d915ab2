import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { afterEach } from 'vitest';

export type Seen = { method: string; path: string; headers: IncomingMessage['headers']; body: unknown };

/** A server that answers as its script says, and keeps what it was asked; ended after each test. */
export function scriptedServers(): (
  script: (response: ServerResponse, request: IncomingMessage) => void,
) => Promise<{ url: string; seen: Seen[] }> {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });
  return async (script) => {
    const seen: Seen[] = [];
    const listener: RequestListener = (request, response) => {
      let text = '';
      request.on('data', (part) => (text += String(part)));
      request.on('end', () => {
        seen.push({
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers,
          body: text === '' ? null : JSON.parse(text),
        });
        script(response, request);
      });
    };
    const server = createServer(listener);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    open.push({
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    });
    const address = server.address();
    return { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, seen };
  };
}

/** Answers with JSON. */
export const json =
  (status: number, value: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
