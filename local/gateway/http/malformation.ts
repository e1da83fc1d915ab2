import type { Exchange } from '../exchange.ts';
import { valuesOf } from './fields.ts';
import { pathOf } from './path.ts';

/** nginx's buffers for a request's head: one of 1 KiB, then four of 8 KiB (`large_client_header_buffers`). */
const FIRST_BUFFER_BYTES = 1024;
const BUFFER_BYTES = 8192;
const BUFFERS = 4;

/** 414 for a request line that fits in no buffer, 494 for a header that does not, or for too many of them. */
function oversize({ request }: Exchange): 414 | 494 | null {
  const { rawHeaders } = request;
  let left = FIRST_BUFFER_BYTES;
  let buffers = 0;
  const fits = (bytes: number): boolean => {
    if (bytes > left) {
      buffers += 1;
      left = BUFFER_BYTES;
    }
    left -= bytes;
    return bytes <= BUFFER_BYTES && buffers <= BUFFERS;
  };
  if (!fits(`${request.method} ${request.url} HTTP/1.1\r\n`.length)) return 414;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) if (!fits(rawHeaders[i]!.length + rawHeaders[i + 1]!.length + 4)) return 494;
  return null;
}

/** Whether a path cannot be read: a broken or null triplet, or more `..` than there are segments. Encoded dots and slashes count. */
function isBrokenPath(path: string): boolean {
  if (!path.startsWith('/')) return true;
  const plain = path.split('#', 1)[0]!;
  if (!plain.includes('%') && !plain.includes('..')) return false;
  if (/%(?![\da-fA-F]{2})|%00/.test(plain)) return true;
  let depth = 0;
  for (const segment of plain.replace(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))).split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

function isBrokenHost(host: string): boolean {
  // eslint-disable-next-line no-control-regex
  return host === '' || host === '.' || /[\u0000-\u0020\u007F/]|\.\./.test(host);
}

/**
 * What nginx finds wrong with a request before Kong sees it, as a status, or null.
 *
 * The parser has refused more already: two lengths, bad chunks, bad names. Source: ngx_http_request.c, ngx_http_parse.c.
 */
export function malformation(exchange: Exchange): 400 | 405 | 414 | 494 | 501 | null {
  const { request, headers, method } = exchange;
  const size = oversize(exchange);
  if (size !== null) return size;
  const hosts = headers.filter(({ key }) => key === 'host');
  if (hosts.length > 1 || (hosts.length === 0 && request.httpVersion === '1.1')) return 400;
  if (hosts[0] !== undefined && isBrokenHost(hosts[0].value)) return 400;
  if (isBrokenPath(pathOf(exchange.target))) return 400;
  const codings = valuesOf(headers, 'transfer-encoding');
  if (codings.length > 1 || (codings.length === 1 && request.httpVersion !== '1.1')) return 400;
  if (codings[0] !== undefined && codings[0].toLowerCase() !== 'chunked') return 501;
  return method === 'TRACE' ? 405 : null;
}
