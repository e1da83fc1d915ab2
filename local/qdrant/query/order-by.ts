import type { Collection } from '../collection.ts';
import { badFormat, badInput } from '../errors.ts';
import { parseDatetime } from '../filter/datetime.ts';
import { isObject, type Json, string } from '../json.ts';
import { flatValuesAt, jsonPath } from '../json-path.ts';
import { capabilities } from '../payload-index.ts';

export type OrderBy = { key: string; descending: boolean; from: number | null };

/** `order_by`: a key, or `{key, direction, start_from}`. */
export function parseOrderBy(value: Json): OrderBy {
  if (!isObject(value)) return { key: string(value, 'order_by'), descending: false, from: null };
  const { direction, start_from: start } = value;
  if (direction !== undefined && direction !== null && direction !== 'asc' && direction !== 'desc')
    throw badFormat(`unknown variant \`${JSON.stringify(direction)}\`, expected \`asc\` or \`desc\``);
  const from = typeof start === 'string' ? parseDatetime(start) : typeof start === 'number' ? start : null;
  if (start !== undefined && start !== null && from === null) throw badFormat('data did not match any variant of untagged enum StartFrom');
  return { key: string(value['key'], 'key'), descending: direction === 'desc', from };
}

/** A point at one of its values; `value` is what the answer's `order_value` shows. */
export type Ordered = { slot: number; at: number; value: number };

/**
 * Points in the order of a payload value, a point with several values at each of them; points without one are left out.
 *
 * 400 when the key has no index that can range (Qdrant, "Points": order points by payload key).
 */
export function orderPoints(collection: Collection, slots: Uint32Array, by: OrderBy): Ordered[] {
  const index = collection.indexes.get(by.key);
  const able = capabilities(index?.params).some((one) => one === 'int_range' || one === 'float_range' || one === 'datetime_range');
  if (index === undefined || !able)
    throw badInput(
      `No range index for \`order_by\` key: \`${by.key}\`. Please create one to use \`order_by\`. Check https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas support Range conditions`,
    );
  const path = jsonPath(by.key);
  const read = (value: Json): number | null => {
    if (index.type === 'datetime') return typeof value === 'string' ? parseDatetime(value) : null;
    return typeof value === 'number' && (index.type === 'float' || Number.isInteger(value)) ? value : null;
  };
  const found: Ordered[] = [];
  for (const slot of slots)
    for (const value of flatValuesAt(collection.slots.payloadAt(slot), path)) {
      const at = read(value);
      if (at === null || (by.from !== null && (by.descending ? at > by.from : at < by.from))) continue;
      found.push({ slot, at, value: at });
    }
  return found.toSorted((a, b) => (by.descending ? b.at - a.at : a.at - b.at) || a.slot - b.slot);
}
