import { startGateway, type Gateway } from '../../../local/gateway/gateway.ts';
import { reached, type Reached } from './project.ts';
import { startEcho, type Echo } from './echo.ts';
import { requestText, sendRaw, type Wire } from './wire.ts';

/** A gateway with a small file of its own before an echo service. */
export type Small = {
  echo: Echo;
  gateway: Gateway;
  send(method: string, path: string, headers?: readonly (readonly [string, string])[], body?: string): Promise<Wire>;
  /** What reached the service. */
  ask(method: string, path: string, headers?: readonly (readonly [string, string])[], body?: string): Promise<Reached>;
  close(): Promise<void>;
};

/** Starts a gateway with the file that `write` makes for the echo service's URL. */
export async function startSmall(write: (url: string) => string, options: { now?: () => number } = {}): Promise<Small> {
  const echo = await startEcho();
  const gateway = await startGateway({ config: `_format_version: "3.0"\n${write(echo.url)}`, port: 0, log: () => {}, ...options });
  const send: Small['send'] = (method, path, headers = [], body = '') =>
    sendRaw(gateway.url, requestText(method, path, headers, body), method);
  return {
    echo,
    gateway,
    send,
    ask: async (...request) => reached(await send(...request)),
    async close() {
      await gateway.close();
      await echo.close();
    },
  };
}

/** Runs a check against a gateway with one route `/r` (stripped) that has the given plugins, as YAML in flow style. */
export async function withPlugins(plugins: string, check: (small: Small) => Promise<void>, consumers = ''): Promise<void> {
  const small = await startSmall(
    (url) => `services: [{ name: up, url: "${url}", routes: [{ name: r, paths: [/r], plugins: [${plugins}] }] }]\n${consumers}`,
  );
  try {
    await check(small);
  } finally {
    await small.close();
  }
}

/** The value of a response's header, whatever its case. */
export function headerOf({ headers }: Wire, name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
