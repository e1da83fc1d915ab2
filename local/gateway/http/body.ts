import type { Exchange } from '../exchange.ts';

const EMPTY = Buffer.alloc(0);

/** The client's connection broke, or its body was malformed, before the body was whole. */
export class BodyCut extends Error {
  override readonly name = 'BodyCut';
}

/**
 * Reads the request's body whole into the exchange and gives its length in bytes; at once when it was read before.
 *
 * Sends `100 Continue` first to a client that waits for it. Stops keeping bytes once there are more than `limit` (the length
 * is then only known to be over it). Rejects with BodyCut.
 */
export async function readBody(exchange: Exchange, limit = Number.POSITIVE_INFINITY): Promise<number> {
  if (exchange.body !== null) return exchange.body.length;
  const { request } = exchange;
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) {
    exchange.body = EMPTY;
    return 0;
  }
  exchange.invite();
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const cut = (): void => reject(new BodyCut('the request ended early'));
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
      else {
        chunks.length = 0;
        resolve(length);
      }
    });
    request.once('end', () => {
      if (length <= limit) exchange.body = Buffer.concat(chunks, length);
      resolve(length);
    });
    request.once('error', cut);
    request.once('close', cut);
  });
}
