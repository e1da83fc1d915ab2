import net from 'node:net';
import {
  attachSession,
  type ConnectionTransport,
  createRedisCommandExecutor,
  RedisServerState,
  Resp2CommandDecoder,
  SocketConnectionTransport,
} from 'js-redis-server/core';
import { type FaultMode, type Faults, faultState, type InjectedFault, isListenerDown, SLOW_DEFAULT_MS } from '../faults.ts';
import { listenerOf } from '../listener.ts';

/** The ways in which a Redis fails that can be told apart from outside. */
const MODES: readonly FaultMode[] = ['up', 'down', 'slow', 'error'];
/** What every command is answered while a Redis reads its data after a start (Redis, `src/server.c`, `shared.loadingerr`). */
const ERROR_REPLY = '-LOADING Redis is loading the dataset in memory\r\n';

/**
 * Starts a stand-in for Redis: js-redis-server's keyspace, commands and Lua behind a listener of our own.
 *
 * It listens on `host` only (default 127.0.0.1; the package's own server listens on every interface). `port` 0 (default): any free one.
 * Nothing is kept when it closes; `down` and `up` keep the data, as a Redis that persists does. A fault's route is `/<command>`.
 */
export async function startRedis(
  options: { port?: number; host?: string; random?: () => number; wait?: (ms: number) => Promise<void> } = {},
): Promise<{ url: string; faults: Faults; close(): Promise<void> }> {
  const host = options.host ?? '127.0.0.1';
  const wait = options.wait ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const state = new RedisServerState({ databaseCount: 16 });
  const executor = createRedisCommandExecutor();
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const transport = new SocketConnectionTransport(socket);
    attachSession(
      faulty(
        transport,
        (command) => faults.strike(`/${command}`),
        wait,
        () => socket.destroy(),
      ),
      { state, executor, clientAddress: `${socket.remoteAddress}:${socket.remotePort}` },
    );
  });
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const listener = listenerOf(server, { host, port: options.port ?? 0, drop });
  const faults = faultState({
    modes: MODES,
    ...(options.random && { random: options.random }),
    changed: (fault) => (isListenerDown(fault) ? listener.stop() : listener.isListening() ? Promise.resolve() : listener.listen()),
  });
  await listener.listen();
  return {
    url: listener.url('redis'),
    faults,
    close: async () => {
      await listener.stop();
      state.close();
    },
  };
}

/** A connection whose commands meet the fault of the moment before the server sees them. */
function faulty(
  transport: ConnectionTransport,
  strike: (command: string) => InjectedFault | null,
  wait: (ms: number) => Promise<void>,
  destroy: () => void,
): ConnectionTransport {
  async function* read(): AsyncGenerator<Buffer> {
    for await (const chunk of transport.read()) {
      const commands = new Resp2CommandDecoder().push(chunk).frames;
      const fault = strike(commands[0]?.command.toString().toLowerCase() ?? '');
      if (fault?.mode === 'down') destroy();
      else if (fault?.mode === 'error') await transport.write(Buffer.from(ERROR_REPLY.repeat(commands.length)));
      else {
        if (fault?.mode === 'slow') await wait(fault.delayMs ?? SLOW_DEFAULT_MS);
        yield chunk;
      }
    }
  }
  return {
    id: transport.id,
    signal: transport.signal,
    read,
    write: (chunk) => transport.write(chunk),
    close: (reason) => transport.close(reason),
    on: (event, listener) => transport.on(event, listener),
  };
}
