import net from 'node:net';
import { attachSession, createRedisCommandExecutor, RedisResult, RedisServerState, SocketConnectionTransport } from 'js-redis-server/core';
import { type Faults, faultState, isListenerDown } from '../faults.ts';
import { listenerOf } from '../listener.ts';
import { faulty } from './faulty.ts';

/** What a command that may need memory is answered above `maxmemory` (Redis, `src/server.c`, `shared.oomerr`). */
const OOM = { code: 'OOM', message: "command not allowed when used memory > 'maxmemory'." };

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
  /** Sessions whose command of the moment finds no memory. */
  const starved = new WeakSet<object>();
  const executor = createRedisCommandExecutor({
    policies: [
      {
        name: 'maxmemory',
        // As there: reading and deleting go on, and a script goes on until it wants to write.
        beforeExecute: ({ flags }, { session }) =>
          flags.includes('denyoom') && starved.has(session) ? RedisResult.error(OOM.message, OOM.code) : undefined,
      },
    ],
  });
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const { session } = attachSession(
      faulty({
        transport: new SocketConnectionTransport(socket),
        strike: (command) => faults.strike(`/${command}`),
        starve: (isStarved) => void (isStarved ? starved.add(session) : starved.delete(session)),
        wait,
        destroy: () => socket.destroy(),
      }),
      { state, executor, clientAddress: `${socket.remoteAddress}:${socket.remotePort}` },
    );
  });
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const listener = listenerOf(server, { host, port: options.port ?? 0, drop });
  const faults = faultState({
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
