import type { Collection } from '../collection.ts';
import { flatValuesAt, jsonPath } from '../json-path.ts';
import type { Found } from './run.ts';

/** Hits by the value of a payload key. */
export type Group = { id: string | number; hits: Found[] };

/**
 * The `limit` best groups, each with its `size` best hits, in the order of their best (Qdrant, "Search": grouping).
 *
 * Only strings and integers group; a point with several values is in several groups, one without is in none.
 */
export function group(collection: Collection, found: readonly Found[], key: string, limit: number, size: number): Group[] {
  const path = jsonPath(key);
  const groups = new Map<string | number, Found[]>();
  for (const hit of found) {
    for (const value of new Set(flatValuesAt(collection.slots.payloadAt(hit.slot), path))) {
      if (typeof value !== 'string' && !(typeof value === 'number' && Number.isInteger(value))) continue;
      const hits = groups.get(value);
      if (hits === undefined) {
        if (groups.size < limit) groups.set(value, [hit]);
      } else if (hits.length < size) hits.push(hit);
    }
  }
  return Array.from(groups, ([id, hits]) => ({ id, hits }));
}
