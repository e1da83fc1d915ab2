/** One header field: the name as it was sent, its lower-case key, and its value (latin1, as on the wire). */
export type Field = { name: string; key: string; value: string };

/** Kong shows its plugins at most this many request headers (`lua_max_req_headers`). */
export const VISIBLE_FIELDS_MAX = 100;

/** The fields of a flat `[name, value, …]` list, in order. */
export function fieldsOf(raw: readonly string[]): Field[] {
  const fields: Field[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    fields.push({ name, key: name.toLowerCase(), value: raw[i + 1]! });
  }
  return fields;
}

/** The flat `[name, value, …]` list of the fields, as `node:http` writes it. */
export function rawOf(fields: readonly Field[]): string[] {
  const raw: string[] = [];
  for (const { name, value } of fields) raw.push(name, value);
  return raw;
}

/** All values of a header, in order; only the first hundred fields of a request are seen (`ngx.req.get_headers`). */
export function valuesOf(fields: readonly Field[], key: string): string[] {
  const values: string[] = [];
  const end = Math.min(fields.length, VISIBLE_FIELDS_MAX);
  for (let i = 0; i < end; i += 1) if (fields[i]!.key === key) values.push(fields[i]!.value);
  return values;
}

/** The first value of a header, or undefined. */
export function valueOf(fields: readonly Field[], key: string): string | undefined {
  for (const field of fields) if (field.key === key) return field.value;
  return undefined;
}

/**
 * A header as Kong's `kong.request.get_header` reads it.
 *
 * It asks nginx's `$http_name`, for which `-` and `_` are one, and which joins repeated headers; a value with a comma is then
 * looked up again by its exact name, and the first one counts. Source: kong/tools/http.lua, `get_header`.
 */
export function variableOf(fields: readonly Field[], key: string): string | undefined {
  const wanted = key.replaceAll('_', '-');
  let joined: string | undefined;
  for (const field of fields) {
    if (field.key !== wanted && !(field.key.includes('_') && field.key.replaceAll('_', '-') === wanted)) continue;
    joined = joined === undefined ? field.value : `${joined}, ${field.value}`;
  }
  if (joined === undefined || !joined.includes(', ')) return joined;
  return valuesOf(fields, wanted)[0];
}

/** Sets a header to one or more values: in the place and under the name of the first one that is there, else at the end. */
export function setField(fields: Field[], name: string, value: string | readonly string[]): void {
  const key = name.toLowerCase();
  const values = typeof value === 'string' ? [value] : value;
  const at = fields.findIndex((field) => field.key === key);
  const first = fields[at];
  if (first === undefined) {
    for (const each of values) fields.push({ name, key, value: each });
    return;
  }
  for (let i = fields.length - 1; i > at; i -= 1) if (fields[i]!.key === key) fields.splice(i, 1);
  first.value = values[0] ?? '';
  for (const each of values.slice(1)) fields.push({ name, key, value: each });
}

/** Appends a header beside those of the same name. */
export function addField(fields: Field[], name: string, value: string): void {
  fields.push({ name, key: name.toLowerCase(), value });
}

/** Removes every header of that name. */
export function removeField(fields: Field[], key: string): void {
  for (let i = fields.length - 1; i >= 0; i -= 1) if (fields[i]!.key === key) fields.splice(i, 1);
}

/** Response headers that nginx keeps in places of their own: setting one also sets how its name is written. */
const BUILT_IN = new Set(
  'server date content-encoding location refresh last-modified content-range accept-ranges www-authenticate expires etag content-length content-type cache-control link'.split(
    ' ',
  ),
);

/** Sets a response header as `ngx.header[name] = value` does: underscores of the name become dashes, an empty value a space. */
export function setOut(out: Field[], name: string, value: string | readonly string[]): void {
  const written = name.replaceAll('_', '-');
  const key = written.toLowerCase();
  if (typeof value === 'string') setField(out, written, value === '' ? ' ' : value);
  else
    setField(
      out,
      written,
      value.map((each) => (each === '' ? ' ' : each)),
    );
  if (!BUILT_IN.has(key)) return;
  for (const field of out) if (field.key === key) field.name = written;
}
