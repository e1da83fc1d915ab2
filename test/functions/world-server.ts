import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Faults, InjectedFault } from '../../local/faults.ts';
import { openApiDocument } from '../../local/openapi/document.ts';
import { conformance, type Seen } from './conformance.ts';
import { startOllama } from '../../local/ollama/ollama.ts';
import { startQdrant } from '../../local/qdrant/qdrant.ts';
import { startRedis } from '../../local/redis/redis.ts';
import { startPuppet } from './puppet.ts';
import type { Service, WorldAddresses, WorldOptions } from './worlds.ts';

// A process of its own, so that what Vitest does meanwhile does not keep Redis from answering within its 50 ms.
// `POST /worlds` → addresses; `POST /worlds/{id}/{service}` injects a fault; `POST /worlds/{id}/mend` mends all and empties Redis;
// `GET /worlds/{id}` lists the calls; `DELETE` ends it.
// `POST /worlds/conformance` says what is wrong with an answer, `POST /worlds/allowed` whether a schema has a value: validators are made
// of code, which workerd forbids.

type Running = { calls: string[]; mend(): Promise<void>; close(): Promise<void> } & Record<Service, { url: string; faults: Faults }>;
const worlds = new Map<string, Running>();

const { problemsOf, allows } = conformance(openApiDocument('0'));

/** Empties a Redis, over a connection of its own: one that was pooled may still be waiting to be restored. */
async function flush(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end('*1\r\n$8\r\nFLUSHALL\r\n');
  const [reply] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  if (!String(reply).startsWith('+OK')) throw new Error(`FLUSHALL was answered ${String(reply)}`);
}

async function startWorld(options: WorldOptions): Promise<Running> {
  const calls: string[] = [];
  const log = (line: string) => void calls.push(line);
  const [redis, qdrant, ollama] = await Promise.all([
    startRedis({}),
    startQdrant({ dataDir: null, log }),
    startOllama({ ...options, log }),
  ]);
  const puppet = options.puppet === true ? await startPuppet(ollama.url) : null;
  const servers = [redis, qdrant, ollama, ...(puppet === null ? [] : [puppet])];
  return {
    redis,
    qdrant,
    ollama: { url: puppet?.url ?? ollama.url, faults: ollama.faults },
    calls,
    async mend() {
      await Promise.all([redis, qdrant, ollama].map(async ({ faults }) => faults.clear()));
      await flush(redis.url);
    },
    close: async () => void (await Promise.all(servers.map((one) => one.close()))),
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of request) text += String(part);
  return text === '' ? {} : JSON.parse(text);
}

async function answer(request: IncomingMessage): Promise<unknown> {
  const [, , id = '', service] = (request.url ?? '').split('/');
  const body = await bodyOf(request);
  if (id === '') {
    const made = await startWorld(body as WorldOptions);
    const name = crypto.randomUUID();
    worlds.set(name, made);
    return { id: name, redis: made.redis.url, qdrant: made.qdrant.url, ollama: made.ollama.url } satisfies WorldAddresses;
  }
  if (id === 'conformance') return problemsOf(body as Seen);
  if (id === 'allowed') return allows((body as { schema: object }).schema, (body as { value: unknown }).value);
  const world = worlds.get(id);
  if (world === undefined) throw new Error(`there is no world ${id}`);
  if (service === 'mend') return world.mend();
  if (service !== undefined) return world[service as Service].faults.set(body as InjectedFault);
  if (request.method === 'GET') return world.calls;
  worlds.delete(id);
  return world.close();
}

const server = createServer((request, response) => {
  answer(request).then(
    (value) => response.end(JSON.stringify(value ?? null)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/worlds`);
});
process.on('disconnect', () => process.exit());
