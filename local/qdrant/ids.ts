import { badFormat } from './errors.ts';
import type { Json } from './json.ts';

/** A point's id: an unsigned integer, or a UUID in its lower-case hyphenated form. */
export type PointId = number | string;

const UUID = /^(?:urn:uuid:|\{)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;

/** A UUID in any of the forms that Qdrant reads (hyphenated, simple, URN, braced), as it writes it; null for another string. */
export function normaliseUuid(text: string): string | null {
  const parts = UUID.exec(text);
  return parts === null ? null : parts.slice(1).join('-').toLowerCase();
}

/** A point id from JSON; 400 in Qdrant's words for anything else. Integers are exact up to 2^53 − 1. */
export function pointId(value: Json | undefined): PointId {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    // Qdrant takes 64 bits; JSON.parse would round them, and a rounded id is another point's.
    if (!Number.isSafeInteger(value)) throw badFormat(`the stand-in takes point ids up to ${Number.MAX_SAFE_INTEGER}; use UUIDs`);
    return value;
  }
  const uuid = typeof value === 'string' ? normaliseUuid(value) : null;
  if (uuid !== null) return uuid;
  throw badFormat(`value ${JSON.stringify(value)} is not a valid point ID, valid values are either an unsigned integer or a UUID`);
}

/** A point id from a path segment: 400 for anything that is neither an unsigned integer nor a UUID. */
export function pointIdFromPath(text: string): PointId | null {
  return /^\d+$/.test(text) ? Number(text) : normaliseUuid(text);
}

/** Qdrant's order of ids: integers by value, then UUIDs by their bytes. */
export function compareIds(a: PointId, b: PointId): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  if (typeof b === 'number') return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
