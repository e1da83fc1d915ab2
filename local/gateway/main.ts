import { readFileSync, watchFile } from 'node:fs';
import { parseArgs } from 'node:util';
import { startGateway } from './gateway.ts';

const USAGE = 'usage: npm run gateway -- --config FILE [--port 8000] [--host 127.0.0.1]';
const WATCH_EVERY_MS = 250;

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function readArguments(): { config: string; port: number; host: string } {
  try {
    const { values } = parseArgs({
      options: { config: { type: 'string' }, port: { type: 'string', default: '8000' }, host: { type: 'string', default: '127.0.0.1' } },
    });
    const port = Number(values.port);
    if (values.config === undefined) fail(`--config is missing\n${USAGE}`);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`--port ${values.port} is no port\n${USAGE}`);
    return { config: values.config, port, host: values.host };
  } catch (error) {
    fail(`${(error as Error).message}\n${USAGE}`);
  }
}

const { config, port, host } = readArguments();
const redisUrl = process.env.KONG_REDIS_URL;

try {
  const gateway = await startGateway({ config: readFileSync(config, 'utf8'), port, host, ...(redisUrl ? { redisUrl } : {}) });
  console.log(`gateway: ${gateway.url} serves ${config}`);
  watchFile(config, { interval: WATCH_EVERY_MS }, () => {
    try {
      gateway.reload(readFileSync(config, 'utf8'));
      console.log(`gateway: ${config} is in service`);
    } catch (error) {
      console.error(`gateway: the old file stays in service, because ${(error as Error).message}`);
    }
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void gateway.close().then(() => process.exit(0)));
} catch (error) {
  fail((error as Error).message);
}
