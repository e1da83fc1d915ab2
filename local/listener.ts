import type { Server } from 'node:net';

/** Where a stand-in listens; it can be taken away and brought back at the same address, as a service that was down. */
export type Listener = { listen(): Promise<void>; stop(): Promise<void>; isListening(): boolean; url(protocol: string): string };

/**
 * Lets a server listen on one address, again and again.
 *
 * @param port 0 takes a free one, and keeps it. @param drop ends the connections that are open when it stops.
 */
export function listenerOf(server: Server, options: { host: string; port: number; drop(): void }): Listener {
  const { host, drop } = options;
  let { port } = options;
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address = server.address();
          if (typeof address === 'object' && address !== null) port = address.port;
          resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        drop();
      }),
    isListening: () => server.listening,
    url: (protocol) => `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`,
  };
}
