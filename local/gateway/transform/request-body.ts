import type { Exchange } from '../exchange.ts';
import { valueOf } from '../http/fields.ts';
import { parseQuery, writeQuery, type Argument } from '../http/query.ts';
import type { RequestTransform } from '../plugins/request-transformer.ts';
import { tableTransform } from './arguments.ts';
import { luaJson } from './lua-json.ts';
import { readParts, writeParts } from './multipart.ts';
import { joinArgument } from './request-query.ts';

/** The query with the fields of a form body added: what a POST becomes when it is turned into a GET. */
export function formToQuery(query: string, body: Buffer): string {
  const args = query === '' ? new Map<string, Argument>() : parseQuery(query);
  for (const [name, value] of parseQuery(body.toString('latin1'))) {
    const before = args.get(name);
    if (before === undefined) args.set(name, value);
    else args.set(name, [...(Array.isArray(before) ? before : [before]), ...(Array.isArray(value) ? value : [value])]);
  }
  return writeQuery(args);
}

function joinJson(before: unknown, value: string): unknown {
  if (Array.isArray(before)) return [...(before as unknown[]), value];
  return typeof before === 'string' ? [before, value] : [value];
}

/**
 * Builds the change of a request's body by its content type: JSON object, form, or multipart; null when nothing is configured.
 *
 * The change gives the new body, or null when the body stays: another content type, JSON that does not parse.
 */
export function bodyTransform(config: RequestTransform): ((exchange: Exchange, body: Buffer) => Buffer | null) | null {
  const { remove, rename, replace, add, append } = config;
  const lists = { remove: remove.body, rename: rename.body, replace: replace.body, add: add.body, append: append.body };
  const json = tableTransform<unknown>(lists, joinJson);
  const form = tableTransform<Argument>(lists, joinArgument);
  const parts = tableTransform<string>({ ...lists, append: [] }, (_, value) => value);
  if (json === null || form === null) return null;
  return (exchange, body) => {
    const type = valueOf(exchange.headers, 'content-type') ?? '';
    const kind = type.toLowerCase();
    const whole = body.length > 0;
    if (kind.includes('application/json')) {
      let parsed: unknown = {};
      try {
        if (whole) parsed = JSON.parse(body.toString('utf8'));
      } catch {
        return null;
      }
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
      const table = new Map<string, unknown>(Object.entries(parsed));
      return json(exchange, table, whole) ? Buffer.from(luaJson(Object.fromEntries(table))) : null;
    }
    if (kind.includes('multipart/form-data')) {
      const found = parts === null ? null : readParts(body, type);
      return found !== null && parts!(exchange, found.table, whole) ? writeParts(found) : null;
    }
    if (!kind.includes('application/x-www-form-urlencoded')) return null;
    const table = whole ? parseQuery(body.toString('latin1')) : new Map<string, Argument>();
    return form(exchange, table, whole) ? Buffer.from(writeQuery(table), 'latin1') : null;
  };
}
