import { badFormat } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** Where a step leads: a key, an index, or (`*`) every element. */
type Step = string | number;
export type JsonPath = { text: string; steps: readonly { kind: 'key' | 'index' | 'every'; at: Step }[] };

const TOKEN = /(?:^|(?<=.)\.)(?:"([^"\\]*)"|([\p{Alphabetic}\p{N}_-]+))|\[(\d*)\]/uy;

/** A payload key such as `a.b[].c[0]."d e"`; 400 when it does not parse (Qdrant, "Payload": nested keys; `json_path/parse.rs`). */
export function jsonPath(text: string): JsonPath {
  const steps: { kind: 'key' | 'index' | 'every'; at: Step }[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    if (token === null) throw badFormat(`Invalid json path: '${text}'`);
    const [, quoted, plain, index] = token;
    if (index === undefined) steps.push({ kind: 'key', at: quoted ?? plain ?? '' });
    else if (steps.length === 0) throw badFormat(`Invalid json path: '${text}'`);
    else steps.push(index === '' ? { kind: 'every', at: '*' } : { kind: 'index', at: Number(index) });
  }
  if (steps.length === 0) throw badFormat(`Invalid json path: '${text}'`);
  return { text, steps };
}

/** Joins a nested filter's key (as an array, `key[]`) and a key inside it. */
export function nestedPath(prefix: string, key: string): string {
  return prefix === '' ? key : `${prefix}.${key}`;
}

/** The key of a nested object's array: `key[]`. */
export function arrayKey(key: string): string {
  return key.endsWith('[]') ? key : `${key}[]`;
}

/** What an object has at a key of its own: a payload key may be called `constructor`. */
export function ownValue(from: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(from, key) ? from[key] : undefined;
}

/** Every value at a path, arrays at its end not opened; nothing for what is missing. */
export function valuesAt(payload: Json, path: JsonPath): Json[] {
  let values: Json[] = [payload];
  for (const { kind, at } of path.steps) {
    const next: Json[] = [];
    for (const value of values) {
      if (kind === 'key') {
        const child = isObject(value) ? ownValue(value, String(at)) : undefined;
        if (child !== undefined) next.push(child);
      } else if (Array.isArray(value)) {
        if (kind === 'every') next.push(...value);
        else {
          const child = value[Number(at)];
          if (child !== undefined) next.push(child);
        }
      }
    }
    values = next;
  }
  return values;
}

/** Every value at a path, an array at its end opened once, as conditions see them. */
export function flatValuesAt(payload: JsonObject, path: JsonPath): Json[] {
  const first = path.steps[0];
  if (path.steps.length === 1 && first !== undefined) {
    const value = ownValue(payload, String(first.at));
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  }
  const values = valuesAt(payload, path);
  return values.some((value) => Array.isArray(value)) ? values.flat() : values;
}

/** Sets a value at a path in place, making objects on the way; an index past the end changes nothing. */
export function setAt(payload: JsonObject, path: JsonPath, merge: JsonObject): void {
  const visit = (target: JsonObject | Json[], depth: number): void => {
    const step = path.steps[depth];
    if (step === undefined) return;
    const keys: (string | number)[] = Array.isArray(target)
      ? step.kind === 'every'
        ? [...target.keys()]
        : step.kind === 'index' && Number(step.at) < target.length
          ? [Number(step.at)]
          : []
      : step.kind === 'key'
        ? [String(step.at)]
        : [];
    for (const key of keys) {
      const next = path.steps[depth + 1];
      const current = Array.isArray(target) ? target[Number(key)] : ownValue(target, String(key));
      let value: JsonObject | Json[];
      if (next === undefined || next.kind === 'key') value = isObject(current) ? current : {};
      else value = Array.isArray(current) ? current : [];
      if (Array.isArray(target)) target[Number(key)] = value;
      // Defined, not assigned: a key may be called `__proto__`.
      else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
      if (next === undefined) {
        if (!Array.isArray(value)) Object.assign(value, merge);
      } else visit(value, depth + 1);
    }
  };
  visit(payload, 0);
}

/** Removes what is at a path, in place; `a[]` empties the array, an index removes nothing. */
export function deleteAt(payload: JsonObject, path: JsonPath): void {
  const last = path.steps.at(-1);
  if (last === undefined) return;
  const parents = valuesAt(payload, { text: path.text, steps: path.steps.slice(0, -1) });
  for (const parent of parents) {
    if (last.kind === 'key' && isObject(parent)) delete parent[String(last.at)];
    if (last.kind === 'every' && Array.isArray(parent)) parent.length = 0;
  }
}
