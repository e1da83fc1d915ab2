import type { Exchange } from '../exchange.ts';
import { removeField, setField, VISIBLE_FIELDS_MAX } from '../http/fields.ts';
import type { RequestTransform } from '../plugins/request-transformer.ts';
import { pairOf } from './response-json.ts';
import { template } from './template.ts';

type Change = { name: string; key: string; value: ((exchange: Exchange) => string) | null };

const changes = (list: readonly string[]): Change[] =>
  list.map(pairOf).map(([name, value]) => ({ name, key: name.toLowerCase(), value: value === null ? null : template(value) }));

/**
 * Changes the request's headers as one table of lower-case names, then writes the table back.
 *
 * Like Kong it sees only the first hundred fields, and `Host` only through `replace`. What is removed and added again goes to the end.
 */
export function headerTransform(config: RequestTransform): (exchange: Exchange) => void {
  const removed = config.remove.headers.map((entry) => pairOf(entry)[0].toLowerCase());
  const renamed = changes(config.rename.headers);
  const replaced = changes(config.replace.headers);
  const added = changes(config.add.headers);
  const appended = changes(config.append.headers);
  return (exchange) => {
    const { headers } = exchange;
    const table = new Map<string, string[]>();
    for (const { key, value } of headers.slice(0, VISIBLE_FIELDS_MAX)) {
      if (key === 'host') continue;
      const values = table.get(key);
      if (values === undefined) table.set(key, [value]);
      else values.push(value);
    }
    const gone = new Set<string>();
    const changed = new Map<string, string>();
    for (const key of removed) if (table.delete(key)) gone.add(key);
    for (const { key, value } of renamed) {
      const target = value?.(exchange) ?? '';
      const values = table.get(key);
      if (values === undefined || target === '' || target.toLowerCase() === key) continue;
      table.delete(key);
      table.set(target.toLowerCase(), values);
      changed.set(target.toLowerCase(), target.toLowerCase());
      gone.add(key);
    }
    for (const { name, key, value } of replaced) {
      if (key === 'host') {
        if (value !== null) exchange.host = value(exchange);
      } else if (table.has(key) && value !== null) {
        table.set(key, [value(exchange)]);
        changed.set(key, name);
      }
    }
    for (const { name, key, value } of added) {
      if (table.has(key) || key === 'host' || value === null) continue;
      table.set(key, [value(exchange)]);
      changed.set(key, name);
    }
    for (const { name, key, value } of appended) {
      if (value === null) continue;
      table.set(key, [...(table.get(key) ?? []), value(exchange)]);
      changed.set(key, name);
    }
    for (const key of gone) removeField(headers, key);
    for (const [key, name] of changed) {
      const values = table.get(key);
      if (values !== undefined)
        setField(
          headers,
          name,
          values.map((value) => (value === '' ? ' ' : value)),
        );
    }
  };
}
