import { connect } from 'cloudflare:sockets';
import { UpstreamFault } from '../failure.ts';
import { REDIS_MS } from '../limits.ts';
import { late } from './late.ts';
import { RedisError, type Command, type Redis, type Reply } from './redis.ts';
import { encodeCommands, parseReply } from './resp.ts';

const broken = (cause: unknown) => new UpstreamFault('redis', { kind: 'connection' }, cause);

type Connection = { ask(commands: readonly Command[]): Promise<Reply[]>; close(): Promise<void> };

function open(url: URL): Connection {
  const socket = connect(
    { hostname: url.hostname, port: Number(url.port || 6379) },
    { secureTransport: url.protocol === 'rediss:' ? 'on' : 'off', allowHalfOpen: false },
  );
  const writer = socket.writable.getWriter();
  const reader = socket.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  // All of these reject when the connection breaks; the reads and writes below report it.
  for (const end of [socket.opened, socket.closed, writer.closed, writer.ready, reader.closed]) end.catch(() => {});
  let rest = new Uint8Array(0);

  async function read(): Promise<Reply> {
    for (;;) {
      const parsed = rest.length === 0 ? null : parseReply(rest, 0);
      if (parsed !== null) {
        rest = rest.slice(parsed.next);
        return parsed.reply;
      }
      const { done, value } = await reader.read();
      if (done) throw new Error('Redis closed the connection');
      const joined = new Uint8Array(rest.length + value.length);
      joined.set(rest);
      joined.set(value, rest.length);
      rest = joined;
    }
  }

  return {
    async ask(commands) {
      await writer.write(encodeCommands(commands));
      const replies: Reply[] = [];
      for (const _ of commands) replies.push(await read());
      return replies;
    },
    close: () => socket.close(),
  };
}

/** Credentials and database of a Redis URL as the commands that apply them. */
function greeting(url: URL): Command[] {
  const database = url.pathname.slice(1);
  const password = decodeURIComponent(url.password);
  const user = decodeURIComponent(url.username);
  return [
    ...(password === '' ? [] : [user === '' ? ['AUTH', password] : ['AUTH', user, password]]),
    ...(database === '' ? [] : [['SELECT', database]]),
  ];
}

/**
 * Opens Redis from a Worker over `cloudflare:sockets`: one socket per invocation, dialled at the first command, because a socket
 * cannot be used by another request than the one that opened it.
 *
 * @param address `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS.
 * @param patienceMs how long an exchange may take that names no time of its own, default `REDIS_MS`.
 */
export function openRedis(address: string, patienceMs: number = REDIS_MS): Redis {
  const url = new URL(address);
  let connection: Connection | null = null;
  let queue: Promise<unknown> = Promise.resolve();

  async function ask(commands: readonly Command[]): Promise<Reply[]> {
    const hello = connection === null ? greeting(url) : [];
    connection ??= open(url);
    const replies = await connection.ask([...hello, ...commands]);
    const refused = replies.slice(0, hello.length).find((reply) => reply instanceof RedisError);
    if (refused !== undefined) throw refused;
    return replies.slice(hello.length);
  }

  async function close(): Promise<void> {
    const closing = connection;
    connection = null;
    await closing?.close().catch(() => {});
  }

  return {
    async send(commands, options) {
      const timeoutMs = options?.timeoutMs ?? patienceMs;
      const deadline = late(timeoutMs, () => new UpstreamFault('redis', { kind: 'timeout', phase: 'total' }));
      // Replies come in order, so requests on one socket take turns.
      const turn = queue.then(() => ask(commands));
      queue = turn.catch(() => {});
      try {
        return await Promise.race([turn, deadline.promise]);
      } catch (error) {
        // A late reply would be taken for the next command's: never use this socket again.
        queue = Promise.resolve();
        await close();
        throw error instanceof UpstreamFault ? error : broken(error);
      } finally {
        deadline.stop();
      }
    },
    close,
  };
}
