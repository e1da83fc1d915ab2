import { luaJson } from '../transform/lua-json.ts';
import { valuesOf, type Field } from './fields.ts';

/** A response that the gateway makes itself. `headers` are set in order; a `content-length` is added from the body. */
export type Answer = { status: number; body: string; headers: readonly (readonly [name: string, value: string])[] };

const JSON_TYPE = 'application/json; charset=utf-8';
const TYPES: Readonly<Record<string, string>> = {
  'text/html': 'text/html; charset=utf-8',
  'application/json': JSON_TYPE,
  'text/plain': 'text/plain; charset=utf-8',
  'application/xml': 'application/xml; charset=utf-8',
  application: JSON_TYPE,
  text: 'text/plain; charset=utf-8',
};

// Kong's own pattern: a media range, then any parameters, of which the last q counts. Anchored, case-insensitive.
const TOKEN = String.raw`[a-z0-9][a-z0-9\-!#$&^_+.]+`;
const Q = String.raw`\s*;\s*q=(1(?:\.0{0,3}|)|0(?:\.\d{0,3}|))`;
const RANGE = new RegExp(String.raw`^((?:${TOKEN}|\*)/(?:${TOKEN}|\*))(?:${Q}|\s*;\s*${TOKEN}(?:=[^;]*|))*`, 'i');
const QUALITIES = new RegExp(Q, 'gi');

/** What Kong says when nobody names a message. Source: kong/pdk/response.lua, kong/error_handlers.lua. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  402: 'Payment required',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  407: 'Proxy authentication required',
  408: 'Request timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length required',
  412: 'Precondition failed',
  413: 'Payload too large',
  414: 'URI too long',
  415: 'Unsupported media type',
  416: 'Range not satisfiable',
  417: 'Expectation failed',
  418: "I'm a teapot",
  421: 'Misdirected request',
  422: 'Unprocessable entity',
  423: 'Locked',
  424: 'Failed dependency',
  425: 'Too early',
  426: 'Upgrade required',
  428: 'Precondition required',
  429: 'Too many requests',
  431: 'Request header fields too large',
  451: 'Unavailable for legal reasons',
  494: 'Request header or cookie too large',
  500: 'An unexpected error occurred',
  501: 'Not implemented',
  502: 'An invalid response was received from the upstream server',
  503: 'The upstream server is currently unavailable',
  504: 'The upstream server is timing out',
  505: 'HTTP version not supported',
  506: 'Variant also negotiates',
  507: 'Insufficient storage',
  508: 'Loop detected',
  510: 'Not extended',
  511: 'Network authentication required',
};

function typeOf(range: string): string {
  const [type = '', subtype] = range.split(';', 1)[0]!.trim().split('/');
  if (subtype === undefined) return JSON_TYPE;
  if (subtype === '*') return type === '*' ? JSON_TYPE : (TYPES[type] ?? JSON_TYPE);
  return TYPES[`${type}/${subtype}`] ?? JSON_TYPE;
}

/** The content type of an error body for an `Accept` value: the acceptable type of highest q, JSON when in doubt. */
export function errorType(accept: string | undefined): string {
  let best = JSON_TYPE;
  let highest = 0;
  for (const value of (accept ?? '').split(',')) {
    const found = RANGE.exec(value.trim());
    if (found === null) continue;
    const q = Number([...found[0].matchAll(QUALITIES)].at(-1)?.[1] ?? 1);
    if (q > highest) {
      highest = q;
      best = typeOf(found[1]!);
    }
  }
  return best;
}

/** An error body in the form of its content type. Source: kong/tools/http.lua, `ERROR_TEMPLATES`. */
export function errorBody(type: string, message: string, requestId: string): string {
  switch (type.split(';', 1)[0]) {
    case 'text/html':
      return `<!doctype html>\n<html>\n  <head>\n    <meta charset="utf-8">\n    <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n    <p>${message}.</p>\n    <p>request_id: ${requestId}</p>\n  </body>\n</html>\n`;
    case 'text/plain':
      return `${message}\nrequest_id: ${requestId}\n`;
    case 'application/xml':
      return `<?xml version="1.0" encoding="UTF-8"?>\n<error>\n  <message>${message}</message>\n  <requestid>${requestId}</requestid>\n</error>\n`;
    default:
      return `{\n  "message":"${message}",\n  "request_id":"${requestId}"\n}`;
  }
}

/** Kong's own sentence for an error status. */
export function messageOf(status: number): string {
  return MESSAGES[status] ?? `The upstream server responded with ${status}`;
}

/** Who asks, as far as an error body depends on it. */
export type Asker = { id: string; headers: readonly Field[] };

/** The answer of `kong.response.error`: a body by `Accept`, with the message (or the status's own) and the request id. */
export function refuse(asker: Asker, status: number, message?: string, headers: Answer['headers'] = []): Answer {
  const accept = valuesOf(asker.headers, 'accept');
  const type = errorType(accept.length === 0 ? undefined : accept.join(','));
  const text = message ?? messageOf(status);
  return { status, body: errorBody(type, text, asker.id), headers: [...headers, ['Content-Type', type]] };
}

/** The answer of `kong.response.exit` with a table: compact JSON without a request id. */
export function exit(status: number, body: unknown, headers: Answer['headers'] = []): Answer {
  if (body === undefined) return { status, body: '', headers };
  return { status, body: luaJson(body), headers: [...headers, ['Content-Type', JSON_TYPE]] };
}
