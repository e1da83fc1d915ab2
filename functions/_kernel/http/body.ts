import type { Context } from 'hono';
import type * as z from 'zod';
import { Failure, type FieldError } from '../failure.ts';
import { JSON_BODY_MAX_BYTES } from '../limits.ts';
import type { App } from './app.ts';

/** The media type of a request without its parameters, in lower case. */
export function mediaType(c: Context<App>): string {
  return (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
}

/**
 * Reads a request's body whole, but never more of it than allowed.
 *
 * @param limitBytes counted on the wire bytes; a `Content-Length` above it is refused before anything is read.
 * @throws Failure `body_too_large`.
 */
export async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new Failure({ code: 'body_too_large', limitBytes });
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) break;
    length += part.value.byteLength;
    if (length > limitBytes) {
      await reader?.cancel();
      throw tooLarge();
    }
    parts.push(part.value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}

/** Decodes UTF-8 strictly (WHATWG Encoding, fatal); null when the bytes are not UTF-8. A byte order mark is dropped. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const invalid = (errors: FieldError[]) => new Failure({ code: 'invalid_request', errors });

/** Finds escaped surrogates without a partner: legal in JSON's grammar, but no Unicode text, so no store can keep them. */
function loneSurrogates(value: unknown, path: string): FieldError[] {
  if (typeof value === 'string') {
    return value.isWellFormed()
      ? []
      : [{ path, message: 'has half of a surrogate pair (\\ud800–\\udfff), which is no Unicode text; send the whole character' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return [...loneSurrogates(key, at), ...loneSurrogates(inner, at)];
  });
}

/** Parses bytes as JSON text in UTF-8 (RFC 8259). @throws Failure `invalid_request` saying what is wrong with it. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  if (text === null) throw invalid([{ path: '', message: 'the body is not UTF-8; encode it as UTF-8' }]);
  if (text.trim() === '') throw invalid([{ path: '', message: 'the body is empty; send a JSON object' }]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid([{ path: '', message: 'the body is not JSON; check for a missing quote, a trailing comma or a cut-off end' }]);
  }
  const errors = /\\ud[89a-f]/i.test(text) ? loneSurrogates(value, '') : [];
  if (errors.length > 0) throw invalid(errors);
  return value;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`)).join('');
}

/** Checks a value against a contract. @throws Failure `invalid_request` with every wrong field at once. */
export function conform<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(
    result.error.issues.flatMap((issue): FieldError[] => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => ({
          path: pathOf([...issue.path, key]),
          message: 'is not a field of this request; remove it or correct its spelling',
        }));
      return [{ path: pathOf(issue.path), message: issue.message }];
    }),
  );
}

/** Reads, decodes and checks a JSON body. @throws Failure `media_type_unsupported`, `body_too_large`, `invalid_request`. */
export async function jsonBody<T extends z.ZodType>(c: Context<App>, schema: T, limitBytes = JSON_BODY_MAX_BYTES): Promise<z.output<T>> {
  if (mediaType(c) !== 'application/json') throw new Failure({ code: 'media_type_unsupported', accepted: ['application/json'] });
  return conform(schema, parseJson(await readBytes(c.req.raw, limitBytes)));
}

/** Checks the query string; a parameter given twice or unknown is an error, as in a body. */
export function queryParameters<T extends z.ZodType>(c: Context<App>, schema: T): z.output<T> {
  const all = c.req.queries();
  const twice = Object.keys(all).filter((key) => all[key]!.length > 1);
  if (twice.length > 0) throw invalid(twice.map((path) => ({ path, message: 'is given more than once; give it once' })));
  return conform(schema, Object.fromEntries(Object.entries(all).map(([key, values]) => [key, values[0]])));
}
