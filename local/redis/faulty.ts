import { type ConnectionTransport, Resp2CommandDecoder, type Resp2CommandFrame } from 'js-redis-server/core';
import { type InjectedFault, SLOW_DEFAULT_MS } from '../faults.ts';

/** What every command is answered while a Redis reads its data after a start (Redis, `src/server.c`, `shared.loadingerr`). */
const LOADING = '-LOADING Redis is loading the dataset in memory\r\n';
/** What a connection above `maxclients` is told before it is closed (Redis, `src/networking.c`, `acceptCommonHandler`). */
const TOO_MANY = '-ERR max number of clients reached\r\n';

/** A command as it goes over the wire (Redis serialization protocol specification, "Sending commands to a Redis server"). */
function encoded({ command, args }: Resp2CommandFrame): Buffer {
  const parts = [command, ...args].flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')]);
  return Buffer.concat([Buffer.from(`*${args.length + 1}\r\n`), ...parts]);
}

/**
 * A connection whose commands each meet the fault of the moment before the server sees them.
 *
 * `full` strikes connections that are open too, so that one from a pool meets it. Commands that arrive together are slow together, as over a
 * slow network. `starve` is told before each command whether it is to find no memory.
 */
export function faulty(options: {
  transport: ConnectionTransport;
  /** By the command's name in small letters. */
  strike(command: string): InjectedFault | null;
  starve(isStarved: boolean): void;
  wait(ms: number): Promise<void>;
  /** Breaks the connection off, without a goodbye. */
  destroy(): void;
}): ConnectionTransport {
  const { transport, strike, starve, wait, destroy } = options;
  const decoder = new Resp2CommandDecoder();
  let isCut = false;
  async function* read(): AsyncGenerator<Buffer> {
    for await (const chunk of transport.read()) {
      const { frames, error } = decoder.push(chunk);
      let hasWaited = false;
      for (const frame of frames) {
        const fault = strike(frame.command.toString().toLowerCase());
        if (fault?.mode === 'down') return destroy();
        if (fault?.mode === 'full') {
          await transport.write(Buffer.from(TOO_MANY));
          return transport.close('max number of clients reached');
        }
        if (fault?.mode === 'error') {
          await transport.write(Buffer.from(LOADING));
          continue;
        }
        if (fault?.mode === 'slow' && !hasWaited) {
          hasWaited = true;
          await wait(fault.delayMs ?? SLOW_DEFAULT_MS);
        }
        starve(fault?.mode === 'oom');
        isCut = fault?.mode === 'cut';
        // The server asks for the next one when it has answered this one.
        yield encoded(frame);
      }
      if (error === undefined) continue;
      await transport.write(Buffer.from(`-ERR ${error.message}\r\n`));
      return transport.close('protocol error');
    }
  }
  return {
    id: transport.id,
    signal: transport.signal,
    read,
    async write(chunk) {
      if (!isCut) return transport.write(chunk);
      await transport.write(chunk.subarray(0, chunk.length >> 1));
      destroy();
    },
    close: (reason) => transport.close(reason),
    on: (event, listener) => transport.on(event, listener),
  };
}
