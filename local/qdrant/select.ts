import type { Collection } from './collection.ts';
import { compileFilter } from './filter/compile.ts';
import type { Condition, Filter } from './filter/parse.ts';
import { normaliseUuid } from './ids.ts';

/** The slots of the points that a filter lets through, in slot order; null filter: all of them. */
export function selectSlots(collection: Collection, filter: Filter | null): Uint32Array {
  const { slots } = collection;
  const found = new Uint32Array(slots.count());
  let count = 0;
  const holds = filter === null ? null : predicate(collection, filter);
  const narrowed = filter === null ? null : narrow(collection, filter);
  if (narrowed === null) {
    for (let slot = 0; slot < slots.capacity(); slot += 1) if (slots.isLive(slot) && (holds === null || holds(slot))) found[count++] = slot;
  } else for (const slot of narrowed) if (slots.isLive(slot) && (holds === null || holds(slot))) found[count++] = slot;
  return narrowed === null ? found.subarray(0, count) : found.subarray(0, count).toSorted();
}

/** A filter as a predicate over the collection's slots. */
export function predicate(collection: Collection, filter: Filter): (slot: number) => boolean {
  const { slots, spaces, indexes } = collection;
  return compileFilter(filter, {
    idAt: (slot) => slots.idAt(slot),
    payloadAt: (slot) => slots.payloadAt(slot),
    hasVector: (name, slot) => spaces.get(name)?.has(slot) ?? false,
    textAnalyser: (key) => indexes.get(key)?.analyser ?? null,
  });
}

/** The shortest list of slots, from an index or from ids, outside which no point can pass; null when no condition gives one. */
function narrow(collection: Collection, filter: Filter): Iterable<number> | null {
  let shortest: ReadonlySet<number> | null = null;
  const consider = (list: ReadonlySet<number> | null): void => {
    if (list !== null && (shortest === null || list.size < shortest.size)) shortest = list;
  };
  const visit = (conditions: readonly Condition[]): void => {
    for (const condition of conditions) {
      if (condition.kind === 'has_id') {
        const slots = [...condition.ids].map((id) => collection.slots.slotOf(id)).filter((slot) => slot !== undefined);
        consider(new Set(slots));
      } else if (condition.kind === 'filter') visit(condition.filter.must);
      else if (condition.kind === 'field' && condition.tests.length === 1) consider(indexed(collection, condition));
    }
  };
  visit(filter.must);
  return shortest;
}

function indexed(collection: Collection, { key, tests }: Extract<Condition, { kind: 'field' }>): ReadonlySet<number> | null {
  const index = collection.indexes.get(key.text);
  const [test] = tests;
  if (index === undefined || test?.kind !== 'match') return null;
  const { match } = test;
  if (match.kind !== 'value' && match.kind !== 'any') return null;
  const lists: ReadonlySet<number>[] = [];
  for (const value of match.kind === 'value' ? [match.value] : match.values) {
    const fits =
      (index.type === 'keyword' && typeof value === 'string') ||
      (index.type === 'integer' && typeof value === 'number') ||
      (index.type === 'bool' && typeof value === 'boolean') ||
      (index.type === 'uuid' && typeof value === 'string');
    if (!fits) return null;
    const list = index.slotsWith(index.type === 'uuid' ? (normaliseUuid(String(value)) ?? '') : value);
    if (list === null) return null;
    lists.push(list);
  }
  if (lists.length === 1) return lists[0] ?? null;
  return new Set(lists.flatMap((list) => [...list]));
}
