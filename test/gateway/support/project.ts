import { readFileSync } from 'node:fs';
import { createRedisMock } from 'js-redis-server';
import { render } from '../../../gateway/render.ts';
import { startGateway, type Gateway } from '../../../local/gateway/gateway.ts';
import { startEcho, type Echo } from './echo.ts';
import { forge } from './tokens.ts';
import { testValues } from './values.ts';
import { requestText, sendRaw, type Wire } from './wire.ts';

/** The project's own gateway file before an echo service, on the local gateway or on the real Kong that `KONG_URL` names. */
export type Project = {
  url: string;
  values: Record<string, string>;
  privateKey: string;
  echo: Echo;
  gateway: Gateway | null;
  /** An HS256 token of the dashboard with other claims or header than a good one's. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): string;
  send(method: string, path: string, headers?: readonly (readonly [string, string])[], body?: string): Promise<Wire>;
  close(): Promise<void>;
};

/** The project's gateway file, filled in. */
export const PROJECT_FILE = readFileSync(new URL('../../../gateway/kong.yml', import.meta.url), 'utf8');

/** What reached the service, from the echo's answer. */
export type Reached = { method: string; url: string; headers: Record<string, string>; bodyLen: number };

/** Reads what the echo service says reached it; fails with the whole response when it did not answer. */
export function reached(wire: Wire): Reached {
  if (wire.status !== 200) throw new Error(`expected the echo, got ${wire.status} ${wire.body}`);
  return JSON.parse(wire.body) as Reached;
}

/** Starts the project's file with all that stands around it. */
export async function startProject(change: (text: string) => string = (text) => text): Promise<Project> {
  const echo = await startEcho();
  const redis = await createRedisMock();
  const { values, privateKey } = testValues(echo.url, redis.addresses()[0]!);
  const config = change(render(PROJECT_FILE, values));
  const kong = process.env.KONG_URL;
  const gateway = kong ? null : await startGateway({ config, port: 0, log: () => {} });
  if (kong) {
    const admin = process.env.KONG_ADMIN_URL ?? 'http://127.0.0.1:8001';
    const response = await fetch(`${admin}/config`, { method: 'POST', body: new URLSearchParams({ config }) });
    if (!response.ok) throw new Error(`Kong refused the configuration: ${await response.text()}`);
  }
  const url = kong ?? gateway!.url;
  return {
    url,
    values,
    privateKey,
    echo,
    gateway,
    token(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      return forge(
        { alg: 'HS256', typ: 'JWT', ...header },
        { iss: 'dashboard', nbf: now - 10, exp: now + 600, ...claims },
        values.DECK_DASHBOARD_JWT_SECRET!,
      );
    },
    send: (method, path, headers = [], body = '') => sendRaw(url, requestText(method, path, headers, body), method),
    async close() {
      await gateway?.close();
      await echo.close();
      await redis.close();
    },
  };
}
