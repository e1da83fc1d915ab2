import { readFileSync, watchFile } from 'node:fs';
import { parseArgs } from 'node:util';
import { startGateway } from './gateway.ts';
import { startStatusListener } from './status.ts';

const USAGE = 'usage: npm run gateway -- --config FILE [--port 8000] [--host 127.0.0.1] [--status-port N]';
const WATCH_EVERY_MS = 250;

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function readPort(name: string, text: string): number {
  const port = Number(text);
  if (text !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  fail(`--${name} ${text} is no port\n${USAGE}`);
}

function readArguments(): { config: string; port: number; host: string; statusPort: number | null } {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        port: { type: 'string', default: '8000' },
        host: { type: 'string', default: '127.0.0.1' },
        'status-port': { type: 'string' },
      },
    });
    if (values.config === undefined) fail(`--config is missing\n${USAGE}`);
    const status = values['status-port'];
    const statusPort = status === undefined ? null : readPort('status-port', status);
    return { config: values.config, port: readPort('port', values.port), host: values.host, statusPort };
  } catch (error) {
    fail(`${(error as Error).message}\n${USAGE}`);
  }
}

const { config, port, host, statusPort } = readArguments();
const redisUrl = process.env.KONG_REDIS_URL;

try {
  const gateway = await startGateway({ config: readFileSync(config, 'utf8'), port, host, ...(redisUrl ? { redisUrl } : {}) });
  console.log(`gateway: ${gateway.url} serves ${config}`);
  const status = statusPort === null ? null : await startStatusListener(statusPort, host, () => gateway.metrics());
  if (status !== null) console.log(`gateway: ${status.url}/metrics for Prometheus`);
  watchFile(config, { interval: WATCH_EVERY_MS }, () => {
    try {
      gateway.reload(readFileSync(config, 'utf8'));
      console.log(`gateway: ${config} is in service`);
    } catch (error) {
      console.error(`gateway: the old file stays in service, because ${(error as Error).message}`);
    }
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void Promise.all([gateway.close(), status?.close()]).then(() => process.exit(0)));
} catch (error) {
  fail((error as Error).message);
}
