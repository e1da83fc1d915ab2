import { parentPort, workerData } from 'node:worker_threads';
import { startOllama } from './ollama/ollama.ts';
import { startQdrant } from './qdrant/qdrant.ts';
import { startRedis } from './redis/redis.ts';
import type { Order, Report, StandIn } from './thread.ts';

// The other side of `startInThread`: starts the stand-in it was given and carries out orders one by one.

const port = parentPort!;
const say = (report: Report) => port.postMessage(report);
const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

function start(standIn: StandIn) {
  switch (standIn.kind) {
    case 'redis':
      return startRedis(standIn.options);
    case 'qdrant':
      return startQdrant(standIn.options);
    case 'ollama':
      return startOllama(standIn.options);
  }
}

try {
  const { url, faults, close } = await start(workerData as StandIn);
  port.on('message', (order: Order) => {
    const done = order.verb === 'set' ? faults.set(order.fault) : order.verb === 'clear' ? faults.clear() : close();
    done.then(
      () => say({ id: order.id, problem: null }),
      (error: unknown) => say({ id: order.id, problem: words(error) }),
    );
  });
  say({ started: url });
} catch (error) {
  say({ failed: words(error) });
}
