import type { Exchange } from '../exchange.ts';
import { pairOf } from './response-json.ts';
import { template } from './template.ts';

/** A table of named values, as the arguments of a query, a form or a JSON object are. */
export type Table<V> = { get(name: string): V | undefined; set(name: string, value: V): unknown; delete(name: string): unknown };

type Lists = {
  remove: readonly string[];
  rename: readonly string[];
  replace: readonly string[];
  add: readonly string[];
  append: readonly string[];
};

/**
 * Builds the change of a table: remove, rename, replace (if there), add (if not), append; null when nothing is configured.
 *
 * `append` to a text makes a list of both. The function tells whether anything was changed.
 */
export function tableTransform<V>(
  lists: Lists,
  join: (before: V | undefined, value: string) => V,
): ((exchange: Exchange, table: Table<V | string>, whole: boolean) => boolean) | null {
  if (Object.values(lists).every((list) => list.length === 0)) return null;
  const values = (list: readonly string[]): [string, ((exchange: Exchange) => string) | null][] =>
    list.map(pairOf).map(([name, value]) => [name, value === null ? null : template(value)]);
  const removed = lists.remove.map((entry) => pairOf(entry)[0]);
  const [renamed, replaced, added, appended] = [values(lists.rename), values(lists.replace), values(lists.add), values(lists.append)];
  return (exchange, table, whole) => {
    let touched = false;
    if (whole) {
      for (const name of removed) {
        table.delete(name);
        touched = true;
      }
      for (const [old, name] of renamed) {
        const target = name?.(exchange);
        const value = table.get(old);
        if (target === undefined || target === old || value === undefined) continue;
        table.delete(old);
        table.set(target, value);
        touched = true;
      }
      for (const [name, value] of replaced) {
        if (table.get(name) === undefined || value === null) continue;
        table.set(name, value(exchange));
        touched = true;
      }
    }
    for (const [name, value] of added) {
      if (table.get(name) !== undefined || value === null) continue;
      table.set(name, value(exchange));
      touched = true;
    }
    for (const [name, value] of appended) {
      if (value === null) continue;
      table.set(name, join(table.get(name) as V | undefined, value(exchange)));
      touched = true;
    }
    return touched;
  };
}
