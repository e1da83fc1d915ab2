import type { Collection } from '../collection.ts';
import type { Condition, Filter } from '../filter/parse.ts';
import type { PointId } from '../ids.ts';
import type { Json } from '../json.ts';
import { flatValuesAt, jsonPath } from '../json-path.ts';
import type { Stage } from './parse.ts';
import { type Found, type QueryContext, runQuery } from './run.ts';
import { isLargerBetter } from './score.ts';

type Key = string | number;
/** Hits by the value of a payload key. */
export type Group = { id: Key; hits: Found[] };

/** How many times Qdrant asks for more groups, and then for more hits of the groups that it has (`grouping/driver.rs`). */
const ROUNDS = 5;

/**
 * The `limit` best groups, each with its `size` best hits, in the order of their best (Qdrant, "Search": grouping; `lib/shard/src/grouping`).
 *
 * Only strings and integers group; a point with several values is in several groups. Every prefetch's limit counts `size` times, and
 * points without the key are filtered out before anything is ranked.
 */
export function queryGroups(run: QueryContext, stage: Stage, key: string, limit: number, size: number): Group[] {
  const { collection } = run;
  const path = jsonPath(key);
  const wide = { ...stage, prefetch: stage.prefetch.map((prefetch) => widened(prefetch, size)) };
  const better = order(collection, stage);
  const groups = new Map<Key, Found[]>();
  const grouped = new Set<PointId>();
  const take = (found: readonly Found[]): void => {
    for (const hit of found) {
      const values = new Set(flatValuesAt(collection.slots.payloadAt(hit.slot), path));
      const keys = [...values].filter(isKey);
      if (keys.length !== values.size) continue;
      for (const one of keys) groups.set(one, [...(groups.get(one) ?? []), hit].toSorted(better));
      grouped.add(collection.slots.idAt(hit.slot));
    }
  };
  const bestGroups = (): [Key, Found[]][] => [...groups].toSorted(([, a], [, b]) => better(a[0]!, b[0]!)).slice(0, limit);
  const isFull = ([, hits]: [Key, Found[]]): boolean => hits.length >= size;
  const ask = (conditions: Condition[]): number => {
    const absent: Condition = { kind: 'is_empty', key: path };
    const seen: Condition[] = grouped.size === 0 ? [] : [{ kind: 'has_id', ids: new Set(grouped) }];
    const outer: Filter = { must: conditions, should: [], mustNot: [absent, ...seen], minShould: null };
    const found = runQuery(run, wide, limit * size, outer);
    take(found);
    return found.length;
  };
  const keyed = (kind: 'any' | 'except', keys: readonly Key[]): Condition[] =>
    [keys.filter((one) => typeof one === 'number'), keys.filter((one) => typeof one === 'string')]
      .filter((values) => values.length > 0)
      .map((values) => ({ kind: 'field', key: path, tests: [{ kind: 'match', match: { kind, values } }] }));
  const isDone = (): boolean => bestGroups().filter(isFull).length >= limit;
  const keysOf = (list: readonly [Key, Found[]][]): Key[] => list.map(([one]) => one);
  const others = (): Condition[] => keyed('except', keysOf([...groups].filter(isFull)));
  const unfilled = (): Condition[] => keyed('any', keysOf(bestGroups().filter((one) => !isFull(one))));
  for (const wanted of [others, unfilled]) for (let round = 0; round < ROUNDS && !isDone() && ask(wanted()) > 0; round += 1);
  return bestGroups().map(([id, hits]) => ({ id, hits: hits.slice(0, size) }));
}

function isKey(value: Json): value is Key {
  return typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value));
}

function widened(stage: Stage, size: number): Stage {
  return { ...stage, limit: stage.limit * size, prefetch: stage.prefetch.map((prefetch) => widened(prefetch, size)) };
}

/** Which of two hits comes first; 0 where the query gives no order. */
function order(collection: Collection, { query, using }: Stage): (a: Found, b: Found) => number {
  if (query === null || query.kind === 'sample') return () => 0;
  if (query.kind === 'order_by') {
    const { descending } = query.by;
    return (a, b) => (descending ? -1 : 1) * ((a.orderValue ?? 0) - (b.orderValue ?? 0));
  }
  const isDistance = query.kind === 'nearest' || (query.kind === 'recommend' && query.strategy === 'average_vector');
  const space = isDistance ? collection.spaces.get(using) : undefined;
  const sign = space === undefined || isLargerBetter(space) ? -1 : 1;
  return (a, b) => sign * (a.score - b.score);
}
