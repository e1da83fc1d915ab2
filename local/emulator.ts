import { createConnection } from 'node:net';
import { readEnv } from '../functions/_kernel/env.ts';
import { bundleFunctions, type Bundle } from './bundle.ts';
import type { DashboardServer } from './dashboard.ts';
import type { Faults } from './faults.ts';
import { startGateway } from './gateway/gateway.ts';
import { reload, type News } from './reload.ts';
import type { Settings } from './settings.ts';
import { startInThread, type StandIn } from './thread.ts';
import { bindingsOf, FUNCTION_PORTS, gatewayFile, modelsOf } from './wiring.ts';
import type { Workers } from './workers.ts';

/** What stands behind an address: the real service, or a stand-in whose faults can be steered. */
export type Backing = { url: string; faults: Faults | null };
export type Emulator = {
  url: string;
  gateway: 'real' | 'local';
  redis: Backing;
  qdrant: Backing;
  ollama: Backing;
  functions: Record<string, string>;
  models: { embedding: string; generation: string };
  /** Where the dashboard is; null when none was asked for. */
  dashboard: string | null;
  close(): Promise<void>;
};

/** Whether something accepts connections on a port of the loopback. */
export async function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Starts the gateway, every function in workerd, and stand-ins for what has no real address in the settings.
 *
 * @param dataDir where the Qdrant stand-in keeps its data; null keeps none. @param runtime default workerd, as at the edge; node runs
 * the functions as containers do. @param watch serves edits of functions and tells of each; on workerd behind the local gateway only. @param dashboardPort
 * of the dashboard; 0 any free one, absent none. @throws Error in one sentence that says what to do.
 */
export async function startEmulator(options: {
  settings: Settings;
  dataDir: string | null;
  log: (line: string) => void;
  runtime?: 'workerd' | 'node';
  watch?: (news: News) => void;
  dashboardPort?: number;
}): Promise<Emulator> {
  const { settings, dataDir, log, runtime = 'workerd', watch, dashboardPort } = options;
  const { real } = settings;
  if (real.gateway === null && settings.port !== 0 && (await isTaken(settings.port))) {
    throw new Error(`Port ${settings.port} is in use: stop what listens there, or set another PORT in .env.`);
  }
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const one of opened.toReversed()) await one.close();
  };
  const behind = async (url: string | null, standIn: StandIn): Promise<Backing> => {
    if (url !== null) return { url, faults: null };
    const started = await startInThread(standIn);
    opened.push(started);
    return started;
  };
  const open = async (port: number): Promise<DashboardServer> => {
    const started = await (await import('./dashboard.ts')).startDashboard(port);
    opened.push(started);
    return started;
  };
  try {
    const [dashboard, { startWorkers }, bundles, redis, qdrant, ollama] = await Promise.all([
      dashboardPort === undefined ? null : open(dashboardPort),
      import('./workers.ts'), // takes half a second to load: beside the stand-ins, not before them
      runtime === 'workerd' ? bundleFunctions() : null,
      behind(real.redis, { kind: 'redis', options: {} }),
      behind(real.qdrant, { kind: 'qdrant', options: { dataDir } }),
      behind(real.ollama, { kind: 'ollama', options: settings.emulatedOllama }),
    ]);
    const bindings = bindingsOf(settings, { redis: redis.url, qdrant: qdrant.url, ollama: ollama.url });
    readEnv(bindings); // names every wrong value at once, before anything is served
    const ports = real.gateway === null ? {} : FUNCTION_PORTS;
    const workers = await (bundles === null ? startOnNode(bindings) : startWorkers({ bundles, log, ports, bindings }));
    opened.push(workers);
    const functions = { ...workers.urls };
    const parts = { redis, qdrant, ollama, functions, models: modelsOf(settings), dashboard: dashboard?.url ?? null, close };
    const standIns = { redis: redis.faults, qdrant: qdrant.faults, ollama: ollama.faults };
    if (real.gateway !== null) {
      dashboard?.open({ gatewayUrl: real.gateway, standIns });
      return { url: real.gateway, gateway: 'real', ...parts };
    }
    const config = () => gatewayFile(settings, redis.url, functions, dashboard?.url);
    const gateway = await startGateway({ config: config(), port: settings.port, log });
    opened.push(gateway);
    dashboard?.open({ gatewayUrl: gateway.url, standIns });
    if (bundles !== null && watch !== undefined) {
      const start = (changed: readonly Bundle[]) => startWorkers({ bundles: changed, log, bindings });
      const moved = (urls: Record<string, string>) => {
        Object.assign(functions, urls);
        gateway.reload(config());
      };
      // Ends after the gateway, as the functions do.
      opened.splice(-1, 0, reload({ bundles, first: workers, start, isBusy: (at) => gateway.isBusy(at), moved, tell: watch }));
    }
    return { url: gateway.url, gateway: 'local', ...parts };
  } catch (error) {
    await close();
    throw error;
  }
}

/** All functions behind one address, as in a container. */
async function startOnNode(bindings: Record<string, string>): Promise<Workers> {
  const { startServer } = await import('../compose/server.ts'); // the emulator itself has no need of it
  const server = await startServer({ env: bindings, port: 0, host: '127.0.0.1' });
  return { urls: Object.fromEntries(Object.keys(FUNCTION_PORTS).map((fn) => [fn, server.url])), close: () => server.close() };
}
