import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way through a relay, and what was answered; `answer` is null before it is sent on. */
export type Passing = { method: string; path: string; body: string };

/**
 * Stands between a function and a service: passes requests on, and tells before and after each, so that a test can count them or kill
 * the function at any of them.
 */
export async function startRelay(
  target: string,
  watch: { before(passing: Passing): void; after(passing: Passing): void },
): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const passing = { method: request.method!, path: request.url!, body: body.toString() };
      watch.before(passing);
      const headers = { 'content-type': request.headers['content-type'] ?? 'application/json' };
      const init = { method: request.method!, headers, ...(body.length > 0 && { body }) };
      fetch(`${target}${request.url}`, init).then(
        async (answer) => {
          const bytes = Buffer.from(await answer.arrayBuffer());
          watch.after(passing);
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' }).end(bytes);
        },
        () => response.destroy(),
      );
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
