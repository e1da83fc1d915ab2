import { configOf } from '../functions/dashboard/settings.ts';
import dashboard from '../functions/dashboard/worker.ts';
import { assetsOf, BUILT, readBuilt } from './assets.ts';
import { listen, type Server } from './listen.ts';

/** Serves the built page; of the environment it needs `GATEWAY_PUBLIC_URL` alone. @param folder default `dist/dashboard`. */
export async function servePage(options: {
  env: Record<string, string | undefined>;
  port: number;
  host: string;
  folder?: string;
}): Promise<Server> {
  const files = readBuilt(options.folder ?? BUILT);
  const bindings = { ASSETS: assetsOf(() => files), GATEWAY_PUBLIC_URL: configOf(options.env['GATEWAY_PUBLIC_URL']).gatewayUrl };
  const { server, url } = await listen((request) => dashboard.fetch(request, bindings), options.port, options.host);
  return { url, close: () => new Promise((resolve) => void server.close(() => resolve())) };
}
