import type { ResponseTransform } from '../plugins/response-transformer.ts';
import { luaJson } from './lua-json.ts';

/** `name:value` as Kong splits it: the value is null when it is empty. */
export function pairOf(entry: string): [name: string, value: string | null] {
  const found = /^([^:]+):*(.*)$/s.exec(entry);
  return [found?.[1] ?? entry, found?.[2] ? found[2] : null];
}

function typed(value: string | null, type: string | undefined): unknown {
  if (value === null) return undefined;
  if (type === 'number') return Number.isNaN(Number(value)) ? undefined : Number(value);
  return type === 'boolean' ? value === 'true' : value;
}

const missing = (value: unknown): boolean => value === undefined || value === false;

/** Changes the members of a JSON object; a body that is no JSON object goes through as it is (body_transformer.lua). */
export function transformJson(config: ResponseTransform, body: Buffer): Buffer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    return body;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return body;
  const json = new Map<string, unknown>(Object.entries(parsed));
  for (const entry of config.remove.json) json.delete(pairOf(entry)[0]);
  for (const [old, name] of config.rename.json.map(pairOf)) {
    if (!json.has(old) || name === null) continue;
    json.set(name, json.get(old));
    json.delete(old);
  }
  for (const [index, entry] of config.replace.json.entries()) {
    const [name, text] = pairOf(entry);
    const value = typed(text, config.replace.json_types[index]);
    if (!missing(json.get(name)) && value !== undefined) json.set(name, value);
  }
  for (const [index, entry] of config.add.json.entries()) {
    const [name, text] = pairOf(entry);
    const value = typed(text, config.add.json_types[index]);
    if (missing(json.get(name)) && value !== undefined) json.set(name, value);
  }
  for (const [index, entry] of config.append.json.entries()) {
    const [name, text] = pairOf(entry);
    const value = typed(text, config.append.json_types[index]);
    if (value === undefined) continue;
    const before = json.get(name);
    json.set(name, Array.isArray(before) ? [...(before as unknown[]), value] : typeof before === 'string' ? [before, value] : [value]);
  }
  return Buffer.from(luaJson(Object.fromEntries(json)));
}
