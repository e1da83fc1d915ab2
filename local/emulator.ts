import { createConnection } from 'node:net';
import { readEnv } from '../functions/_kernel/env.ts';
import { bundleFunctions, type Bundle } from './bundle.ts';
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
 * the functions as containers do. @param watch serves edits of functions and tells of each; on workerd behind the local gateway only. @throws Error in one sentence that says what to do.
 */
export async function startEmulator(options: {
  settings: Settings;
  dataDir: string | null;
  log: (line: string) => void;
  runtime?: 'workerd' | 'node';
  watch?: (news: News) => void;
}): Promise<Emulator> {
  const { settings, dataDir, log, runtime = 'workerd', watch } = options;
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
  try {
    const [{ startWorkers }, bundles, redis, qdrant, ollama] = await Promise.all([
      import('./workers.ts'), // takes half a second to load: beside the stand-ins, not before them
      runtime === 'workerd' ? bundleFunctions() : null,
      behind(real.redis, { kind: 'redis', options: {} }),
      behind(real.qdrant, { kind: 'qdrant', options: { dataDir } }),
      behind(real.ollama, { kind: 'ollama', options: {} }),
    ]);
    const bindings = bindingsOf(settings, { redis: redis.url, qdrant: qdrant.url, ollama: ollama.url });
    readEnv(bindings); // names every wrong value at once, before anything is served
    const ports = real.gateway === null ? {} : FUNCTION_PORTS;
    const workers = await (bundles === null ? startOnNode(bindings) : startWorkers({ bundles, log, ports, bindings }));
    opened.push(workers);
    const functions = { ...workers.urls };
    const parts = { redis, qdrant, ollama, functions, models: modelsOf(settings), close };
    if (real.gateway !== null) return { url: real.gateway, gateway: 'real', ...parts };
    const gateway = await startGateway({ config: gatewayFile(settings, redis.url, functions), port: settings.port, log });
    opened.push(gateway);
    if (bundles !== null && watch !== undefined) {
      const start = (changed: readonly Bundle[]) => startWorkers({ bundles: changed, log, bindings });
      const moved = (urls: Record<string, string>) => gateway.reload(gatewayFile(settings, redis.url, Object.assign(functions, urls)));
      // Ends after the gateway, as the functions do.
      opened.splice(-1, 0, reload({ bundles, first: workers, start, moved, tell: watch }));
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
