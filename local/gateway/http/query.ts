/** What a query argument holds: a text, nothing (`?a`), or several of these when it is repeated. */
export type Argument = string | true | (string | true)[];

const ARGUMENTS_MAX = 100;
const UNRESERVED = /[^A-Za-z0-9\-._~]/g;

function decode(text: string): string {
  return text.replaceAll('+', ' ').replace(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function encode(text: string): string {
  return text.replace(UNRESERVED, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/**
 * The arguments of a query, as `ngx.req.get_uri_args` gives them: decoded bytes as latin1, at most one hundred.
 *
 * Source: lua-nginx-module, `ngx.req.get_uri_args`.
 */
export function parseQuery(query: string): Map<string, Argument> {
  const found = new Map<string, Argument>();
  let count = 0;
  for (const part of query.split('&')) {
    const at = part.indexOf('=');
    const name = decode(at < 0 ? part : part.slice(0, at));
    if (name === '') continue;
    count += 1;
    if (count > ARGUMENTS_MAX) break;
    const value = at < 0 ? true : decode(part.slice(at + 1));
    const before = found.get(name);
    if (before === undefined) found.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else found.set(name, [before, value]);
  }
  return found;
}

/** Writes arguments as Kong does after a plugin changed them: each encoded, sorted by their text (`kong.service.request.set_query`). */
export function writeQuery(args: ReadonlyMap<string, Argument>): string {
  const parts: string[] = [];
  for (const [name, value] of args) {
    const values = Array.isArray(value) ? value : [value];
    parts.push(values.map((each) => (each === true ? encode(name) : `${encode(name)}=${encode(each)}`)).join('&'));
  }
  return parts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join('&');
}

/** Removes one argument; as in Kong the rest is re-encoded by the WHATWG rules on the way, so that `%20` becomes `+`. */
export function withoutArgument(query: string, name: string): string {
  if (query === '') return query;
  const args = new URLSearchParams(query);
  args.delete(name);
  return args.toString();
}
