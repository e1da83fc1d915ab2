import { createHash, timingSafeEqual } from 'node:crypto';
import type http from 'node:http';
import type { Engine } from './engine.ts';
import { badFormat, badRequest, QdrantError } from './errors.ts';
import type { Json } from './json.ts';
import { checkQueryString } from './query-string.ts';

/** What a route is given: path parameters by name, the query string, and the JSON body (undefined when the route takes none). */
export type RouteRequest = {
  engine: Engine;
  path: Record<string, string>;
  query: URLSearchParams;
  body: Json;
  raw: Buffer;
  contentType: string;
  random: () => number;
  now: () => Date;
};
/** What a route answers: a `result` for the envelope, or a whole body of its own. */
export type RouteAnswer = { result: Json } | { status?: number; type: string; text: string | Buffer; headers?: Record<string, string> };
export type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Segments; `{name}` takes any one. */
  path: string;
  /** What the route reads of the request; default `none`. */
  takes?: 'json' | 'optional json' | 'bytes';
  /** Answered without a key. */
  open?: boolean;
  handle(request: RouteRequest): RouteAnswer | Promise<RouteAnswer>;
};

/** `service.max_request_size_mb` of 32 (Qdrant, config/config.yaml). */
const BODY_MAX_BYTES = 32 * 1_048_576;

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const found: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] ?? '';
    if (part.startsWith('{')) found[part.slice(1, -1)] = segment;
    else if (part !== segment) return null;
  }
  return found;
}

/** A request's path, decoded segment by segment, and its query string; 400 when it does not decode. */
function parsePath(target: string): { segments: string[]; query: URLSearchParams } {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const search = mark === -1 ? '' : target.slice(mark + 1);
  try {
    return { segments: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(search) };
  } catch {
    throw badRequest(`the path ${path} is not percent-encoded UTF-8`);
  }
}

async function readBody(request: http.IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Buffer)) continue;
    length += chunk.length;
    // What is too long is read to its end and thrown away, so that the client gets the answer and not a broken pipe.
    if (length <= limit) chunks.push(chunk);
  }
  // src/actix/mod.rs: an overflow is answered 400 by the JSON extractor's error handler, not 413.
  if (length > limit) throw new QdrantError(400, `JSON payload (${length} bytes) is larger than allowed (limit: ${limit} bytes).`);
  return Buffer.concat(chunks);
}

function parseJson(raw: Buffer, contentType: string, optional: boolean): Json {
  if (raw.length === 0 && optional) return {};
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType)) throw new QdrantError(400, 'Content type error');
  try {
    const value: Json = JSON.parse(raw.toString('utf8'));
    return value;
  } catch (cause) {
    const why = raw.length === 0 ? 'EOF while parsing a value at line 1 column 0' : cause instanceof Error ? cause.message : 'invalid JSON';
    throw badFormat(why);
  }
}

/** Compares a key in constant time. */
function isKey(expected: string, given: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}

/** A listener that finds a request's route, checks its key, reads its body and writes its answer in Qdrant's envelope. */
export function listener(options: {
  engine: Engine;
  routes: readonly Route[];
  apiKey: string | null;
  random: () => number;
  now: () => Date;
  log: (line: string) => void;
}): http.RequestListener {
  const table = options.routes.map((route) => ({ route, pattern: route.path.split('/').filter(Boolean) }));
  const answer = async (request: http.IncomingMessage): Promise<RouteAnswer> => {
    const { segments, query } = parsePath(request.url ?? '/');
    let found: { route: Route; path: Record<string, string> } | null = null;
    for (const { route, pattern } of table) {
      const path = route.method === request.method ? match(pattern, segments) : null;
      if (path !== null) {
        found = { route, path };
        break;
      }
    }
    if (options.apiKey !== null && found?.route.open !== true) {
      const given = request.headers['api-key'] ?? request.headers.authorization?.replace(/^Bearer /i, '');
      if (given === undefined)
        return { status: 401, type: 'text/plain; charset=utf-8', text: 'Must provide an API key or an Authorization bearer token' };
      if (!isKey(options.apiKey, String(given))) return { status: 401, type: 'text/plain; charset=utf-8', text: 'Invalid API key or JWT' };
    }
    if (found === null) return { status: 404, type: 'text/plain', text: '' };
    const { route, path } = found;
    const contentType = request.headers['content-type'] ?? '';
    const raw = await readBody(request, route.takes === 'bytes' ? Infinity : BODY_MAX_BYTES);
    const takesJson = route.takes === 'json' || route.takes === 'optional json';
    const body = takesJson ? parseJson(raw, contentType, route.takes === 'optional json') : null;
    checkQueryString(query);
    const { engine, random, now } = options;
    return route.handle({ engine, path, query, body, raw, contentType, random, now });
  };
  return (request, response) => {
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1_000;
    const send = (status: number, type: string, body: string | Buffer, headers: Record<string, string> = {}): void => {
      options.log(`${request.method} ${request.url} ${status} ${(seconds() * 1_000).toFixed(1)} ms`);
      response.writeHead(status, { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
    };
    const fail = (error: unknown): void => {
      const known =
        error instanceof QdrantError
          ? error
          : new QdrantError(500, `Service internal error: ${error instanceof Error ? error.message : 'unknown'}`);
      if (!(error instanceof QdrantError)) options.log(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
      send(known.status, 'application/json', JSON.stringify({ status: { error: known.message }, time: seconds() }));
    };
    const respond = async (): Promise<void> => {
      const result = await answer(request);
      if ('result' in result) send(200, 'application/json', JSON.stringify({ result: result.result, status: 'ok', time: seconds() }));
      else send(result.status ?? 200, result.type, result.text, result.headers);
    };
    respond().catch(fail);
  };
}
