import { IncomingMessage, ServerResponse, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { begin } from './begin.ts';
import type { Exchange } from './exchange.ts';
import type { Desk } from './handle.ts';
import { fieldsOf, type Field } from './http/fields.ts';
import { trouble } from './http/trouble.ts';
import { respond } from './respond.ts';

type ParseError = Error & { code?: string; rawPacket?: Buffer };

/** The headers of a request that could not be parsed, as far as they look like headers. */
function fieldsOfPacket(packet: Buffer | undefined): Field[] {
  const head = packet?.toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
  const raw = head
    .split('\r\n')
    .slice(1)
    .flatMap((line) => {
      const found = /^([\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
      return found === null ? [] : [found[1]!, found[2]!];
    });
  return fieldsOf(raw);
}

/** nginx's status for what node's parser refused. */
function statusOf({ code, rawPacket }: ParseError): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 494;
  const line = rawPacket?.toString('latin1').split('\r\n', 1)[0] ?? '';
  return code === 'HPE_INVALID_VERSION' && /HTTP\/[2-9]/.test(line) ? 505 : 400;
}

/** A request that node's parser could not make: enough of one to be answered. */
function bare(socket: Socket, headers: Field[], now: number): Exchange {
  const request = new IncomingMessage(socket);
  request.httpVersion = '1.1';
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  return { ...begin(request, response, now), headers };
}

/**
 * Answers what the parser refuses (smuggling shapes, bad chunks, no HTTP at all) as nginx does, and closes the connection.
 *
 * `current` finds the request that a connection is in the middle of: a bad chunk is an answer to that one.
 */
export function answerBroken(server: Server, desk: Desk, current: (socket: Socket) => Exchange | undefined): void {
  server.on('clientError', (error: ParseError, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
      socket.destroy();
      return;
    }
    const running = current(socket);
    if (running !== undefined) {
      if (running.response.writableEnded) socket.destroySoon();
      else if (running.response.headersSent) socket.destroy();
      else respond(running, trouble(running, 400), desk.now(), { close: true });
      return;
    }
    const headers = fieldsOfPacket(error.rawPacket);
    const exchange = bare(socket, headers, desk.now());
    exchange.collected = desk.site().globals;
    respond(exchange, trouble(exchange, statusOf(error)), desk.now(), { close: true });
  });
  server.on('connect', (_request, socket: Socket) => {
    const exchange = bare(socket, [], desk.now());
    exchange.collected = desk.site().globals;
    respond(exchange, trouble(exchange, 400), desk.now(), { close: true });
  });
}
