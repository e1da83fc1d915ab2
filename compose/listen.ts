import { serve, type ServerType } from '@hono/node-server';

export type Server = { url: string; close(): Promise<void> };

/** Answers requests at a port. @throws Error when it is in use. */
export async function listen(
  answer: (request: Request) => Response | Promise<Response>,
  port: number,
  host: string,
): Promise<{ server: ServerType; url: string }> {
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = serve({ fetch: answer, port, hostname: host }, () => resolve(starting));
    starting.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} is in use: stop what listens there, or set another PORT.`) : error),
    );
  });
  const address = server.address();
  return { server, url: `http://${host}:${typeof address === 'object' && address !== null ? address.port : port}` };
}
