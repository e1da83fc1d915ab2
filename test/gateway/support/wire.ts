import { connect } from 'node:net';

/** A response as it came over the wire: header names as they were written, the body without its framing. */
export type Wire = { status: number; reason: string; headers: [name: string, value: string][]; body: string };

function unchunk(text: string): string | null {
  let body = '';
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n');
    if (end < 0) return null;
    const size = Number.parseInt(rest.slice(0, end), 16);
    if (rest.length < end + 2 + size + 2) return null;
    if (size === 0) return body;
    body += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 2 + size + 2);
  }
}

/** Reads a whole response from the text that came so far, or null when it is not whole; an ended connection ends any body. */
export function parseWire(text: string, ended: boolean, method = 'GET'): Wire | null {
  const blank = text.indexOf('\r\n\r\n');
  if (blank < 0) return null;
  const [first = '', ...lines] = text.slice(0, blank).split('\r\n');
  const found = /^HTTP\/1\.[01] (\d{3}) (.*)$/.exec(first);
  if (found === null) throw new Error(`no status line: ${first}`);
  const status = Number(found[1]);
  const rest = text.slice(blank + 4);
  if (status === 100) return parseWire(rest, ended, method);
  const headers = lines.map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  const value = (name: string): string | undefined => headers.find(([key]) => key.toLowerCase() === name)?.[1];
  const whole = (body: string): Wire => ({ status, reason: found[2]!, headers, body });
  if (method === 'HEAD' || status === 204 || status === 304) return whole('');
  if (value('transfer-encoding') === 'chunked') {
    const body = unchunk(rest);
    return body === null ? null : whole(body);
  }
  const length = value('content-length');
  if (length === undefined) return ended ? whole(rest) : null;
  return rest.length < Number(length) ? null : whole(rest.slice(0, Number(length)));
}

/** Sends bytes as they are to a server and waits for one whole response; rejects when the connection ends without one. */
export function sendRaw(url: string, bytes: string | Buffer, method = 'GET'): Promise<Wire> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    let text = '';
    const settle = (ended: boolean): void => {
      const wire = parseWire(text, ended, method);
      if (wire !== null) {
        resolve(wire);
        socket.destroy();
      } else if (ended) reject(new Error(`the connection ended after ${JSON.stringify(text.slice(0, 300))}`));
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += String(chunk);
      settle(false);
    });
    socket.on('end', () => settle(true));
    socket.on('error', reject);
  });
}

/** A request of the given parts, as text: the headers that every recorded request bore, then its own. */
export function requestText(method: string, path: string, headers: readonly (readonly [string, string])[], body = ''): string {
  const own = new Set(headers.map(([name]) => name.toLowerCase()));
  const usual = [
    ['Host', '127.0.0.1'],
    ['Accept-Encoding', 'identity'],
    ['User-Agent', 'golden'],
    ['Accept', '*/*'],
  ].filter(([name]) => !own.has(name!.toLowerCase()));
  const sized = body === '' || own.has('content-length') ? [] : [['Content-Length', String(Buffer.byteLength(body))]];
  const lines = [...usual, ...headers, ...sized].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
