import type * as z from 'zod/mini';
import { Failure, type FieldError } from '../failure.ts';

// Bytes to text to a value that keeps its contract: pure, so an operation may use it on a body it was handed.

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

/** Finds keys that name an object's prototype: no object can hold them as others, so they would be lost without a word. */
function prototypes(value: unknown, path: string): FieldError[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return [
      ...(key === '__proto__' ? [{ path: at, message: 'is a name that no field can have; choose another' }] : []),
      ...prototypes(inner, at),
    ];
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
  const errors = [
    ...(/\\ud[89a-f]/i.test(text) ? loneSurrogates(value, '') : []),
    ...(/__proto__|\\u00(?:5f|[67])/i.test(text) ? prototypes(value, '') : []),
  ];
  if (errors.length > 0) throw invalid(errors);
  return value;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`)).join('');
}

/** Checks a value against a contract. @throws Failure `invalid_request` with every wrong field at once. */
export function conform<T extends z.ZodMiniType>(schema: T, value: unknown): z.output<T> {
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
