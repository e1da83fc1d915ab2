import { fork, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRedisMock } from 'js-redis-server';
import { startGateway } from '../../../local/gateway/gateway.ts';

/** Something that runs in a process of its own, so that what is measured shares no event loop with who measures. */
export type Served = { url: string; cpuSeconds(): Promise<number>; stop(): void };

type Order = { role: 'upstream' | 'redis' } | { role: 'gateway'; config: string };

async function serve(order: Order): Promise<string> {
  if (order.role === 'gateway') return (await startGateway({ config: order.config, port: 0 })).url;
  if (order.role === 'redis') {
    const { host, port } = (await createRedisMock()).addresses()[0]!;
    return `redis://${host}:${port}`;
  }
  const body = JSON.stringify({ hits: [], padding: 'x'.repeat(1000) });
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function ask(child: ChildProcess, message: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('the process ended')));
    child.send(message as Order);
  });
}

/** Starts a process that serves, and waits until it does. */
export async function start(order: Order): Promise<Served> {
  const child = fork(new URL(import.meta.url).pathname, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const url = (await ask(child, order)) as string;
  return {
    url,
    cpuSeconds: async () => (await ask(child, 'cpu')) as number,
    stop() {
      child.kill();
    },
  };
}

if (import.meta.main && process.send !== undefined) {
  process.on('message', (message: Order | 'cpu') => {
    if (message === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send!((user + system) / 1e6);
    } else void serve(message).then((url) => process.send!(url));
  });
}
