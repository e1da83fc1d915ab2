import type * as z from 'zod/mini';
import type { Context } from 'hono';
import { Failure } from '../failure.ts';
import { JSON_BODY_MAX_BYTES } from '../limits.ts';
import type { App } from './app.ts';
import { conform, parseJson } from './parse.ts';

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

/** Reads, decodes and checks a JSON body. @throws Failure `media_type_unsupported`, `body_too_large`, `invalid_request`. */
export async function jsonBody<T extends z.ZodMiniType>(
  c: Context<App>,
  schema: T,
  limitBytes = JSON_BODY_MAX_BYTES,
): Promise<z.output<T>> {
  if (mediaType(c) !== 'application/json') throw new Failure({ code: 'media_type_unsupported', accepted: ['application/json'] });
  return conform(schema, parseJson(await readBytes(c.req.raw, limitBytes)));
}

/** The query string as plain values; a parameter given twice is an error, because one of them would pass silently. */
export function parametersOf(c: Context<App>): Record<string, string> {
  const all = c.req.queries();
  const twice = Object.keys(all).filter((key) => all[key]!.length > 1);
  if (twice.length > 0) {
    throw new Failure({
      code: 'invalid_request',
      errors: twice.map((path) => ({ path, message: 'is given more than once; give it once' })),
    });
  }
  return Object.fromEntries(Object.entries(all).map(([key, values]) => [key, values[0]!]));
}

/** A header's value when it is given and keeps its contract, else null. @throws Failure `invalid_request` naming the header. */
export function headerValue(c: Context<App>, name: string, schema: z.ZodMiniType<string>): string | null {
  const value = c.req.header(name);
  if (value === undefined) return null;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Failure({ code: 'invalid_request', errors: result.error.issues.map(({ message }) => ({ path: name, message })) });
}
