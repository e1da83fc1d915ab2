import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { assetsOf } from '../compose/assets.ts';
import worker, { type Dashboard } from '../functions/dashboard/worker.ts';
import { bundleDashboard } from './bundle-dashboard.ts';
import type { Faulty } from './control.ts';
import { faultRoutes } from './dashboard-faults.ts';
import type { Faults } from './faults.ts';

export type DashboardServer = {
  /** As a browser is to be sent to it; the gateway admits this origin. */
  url: string;
  /** Tells it where the gateway is and what can be made to fail; until then it answers 503. */
  open(world: { gatewayUrl: string; standIns: Readonly<Record<Faulty, Faults | null>> }): void;
  close(): Promise<void>;
};

/** A port of the loopback, or any free one when that is taken. */
function listen(fetch: (request: Request) => Response | Promise<Response>, port: number): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, () => resolve(server));
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' && port !== 0 ? resolve(listen(fetch, 0)) : reject(error),
    );
  });
}

/**
 * Serves the dashboard as it stands in the tree: an edit of the page is there at the next reload.
 *
 * In the emulator only, `/emulator/faults` beside it breaks and mends stand-ins. @param port taken: any free one; the gateway is told.
 */
export async function startDashboard(port: number): Promise<DashboardServer> {
  const env: Dashboard['Bindings'] = { ASSETS: assetsOf(bundleDashboard), EMULATOR: true };
  let app: Hono | null = null;
  const server = await listen(
    (request) => app?.fetch(request, env) ?? new Response('The emulator is starting; reload in a second.', { status: 503 }),
    port,
  );
  const address = server.address();
  const url = `http://localhost:${typeof address === 'object' && address !== null ? address.port : port}`;
  void bundleDashboard().catch(() => {}); // so that the first visitor need not wait; what is wrong is told at a visit
  return {
    url,
    open({ gatewayUrl, standIns }) {
      env.GATEWAY_PUBLIC_URL = gatewayUrl;
      app = new Hono()
        .route('/', faultRoutes({ origin: url, gatewayUrl, standIns }))
        // Under another name of this machine it would be another origin, which the gateway does not admit.
        .use('*', (c, next) => (c.req.header('host') === new URL(url).host ? next() : Promise.resolve(c.redirect(url + c.req.path, 307))))
        .mount('/', (request) => worker.fetch(request, env));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
