import { badFormat, invalid } from './errors.ts';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

// Readers of untrusted JSON: each returns a typed value or throws the 400 (wrong shape) or 422 (out of range) that Qdrant gives.

/** What serde would call the value in its message. */
function describe(value: Json | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'sequence';
  if (typeof value === 'object') return 'map';
  if (typeof value === 'string') return `string "${value}"`;
  if (typeof value === 'boolean') return `boolean \`${value}\``;
  return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
}

/** Whether a value is a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object, or 400. */
export function object(value: Json | undefined, what: string): JsonObject {
  if (isObject(value)) return value;
  throw badFormat(`invalid type: ${describe(value)}, expected struct ${what}`);
}

/** A field that must be there, or 400. */
export function required(from: JsonObject, key: string): Json {
  const value = from[key];
  if (value === undefined) throw badFormat(`missing field \`${key}\``);
  return value;
}

/** An array, or 400. */
export function array(value: Json | undefined, what: string): Json[] {
  if (Array.isArray(value)) return value;
  throw badFormat(`${what}: invalid type: ${describe(value)}, expected a sequence`);
}

/** A string, or 400. */
export function string(value: Json | undefined, what: string): string {
  if (typeof value === 'string') return value;
  throw badFormat(`${what}: invalid type: ${describe(value)}, expected a string`);
}

/** A finite number, or 400. */
export function number(value: Json | undefined, what: string): number {
  if (typeof value === 'number') return value;
  throw badFormat(`${what}: invalid type: ${describe(value)}, expected f32`);
}

/** A boolean, or `fallback` when absent or null; 400 otherwise. */
export function booleanOr<T>(value: Json | undefined, what: string, fallback: T): boolean | T {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'boolean') return value;
  throw badFormat(`${what}: invalid type: ${describe(value)}, expected a boolean`);
}

/** A non-negative integer, or `fallback` when absent or null; 400 for another type, 422 below `min`. */
export function countOr<T>(value: Json | undefined, what: string, fallback: T, min = 0): number | T {
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw badFormat(`${what}: invalid type: ${describe(value)}, expected usize`);
  if (value < 0) throw badFormat(`${what}: invalid value: integer \`${value}\`, expected usize`);
  if (value < min) throw invalid(what, `value ${value} invalid, must be ${min} or larger`);
  return value;
}

/** A number, or `fallback` when absent or null. */
export function numberOr<T>(value: Json | undefined, what: string, fallback: T): number | T {
  return value === undefined || value === null ? fallback : number(value, what);
}

/** A string, or `fallback` when absent or null. */
export function stringOr<T>(value: Json | undefined, what: string, fallback: T): string | T {
  return value === undefined || value === null ? fallback : string(value, what);
}

/** One value or a list of them, as a list; absent or null is the empty list. */
export function oneOrMany(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Refuses fields that the structure does not have, where Qdrant does (`deny_unknown_fields`): 400. */
export function onlyFields(from: JsonObject, fields: readonly string[]): void {
  for (const key of Object.keys(from)) {
    if (!fields.includes(key)) {
      const list = fields.map((field) => `\`${field}\``).join(', ');
      throw badFormat(`unknown field \`${key}\`, expected one of ${list}`);
    }
  }
}
