import * as z from 'zod';
import type { Exchange } from '../exchange.ts';
import { addField, removeField, setField } from '../http/fields.ts';
import { plugin } from '../plugin.ts';
import { pairOf, transformJson } from '../transform/response-json.ts';

const names = z.array(z.string()).default([]);
const pairs = z.array(z.string().regex(/^[^:]+:.*$/, 'must be name:value')).default([]);
const types = z.array(z.enum(['boolean', 'number', 'string'])).default([]);
const values = z.strictObject({ json: pairs, json_types: types, headers: pairs }).prefault({});
const schema = z.strictObject({
  remove: z.strictObject({ json: names, headers: names }).prefault({}),
  rename: z.strictObject({ json: pairs, headers: pairs }).prefault({}),
  replace: values,
  add: values,
  append: values,
});
export type ResponseTransform = z.infer<typeof schema>;

function isJson(exchange: Exchange): boolean {
  const type = exchange.out.find(({ key }) => key === 'content-type')?.value ?? '';
  return type.split(',').some((each) => {
    const media = each.split(';', 1)[0]!.trim().toLowerCase();
    return media === 'application/json' || /^application\/[^+]+\+json$/.test(media);
  });
}

/** nginx turns underscores of names that a plugin sets into dashes. */
const nameOf = (text: string): string => text.replaceAll('_', '-');

/**
 * Changes what the client gets: headers, and the members of a JSON body.
 *
 * The order is remove, rename, replace, add, append. What is "there" is what was there before `remove`: a header that the service
 * sent is not added again, so a header that must have one value needs `replace` and `add`. Source: header_transformer.lua.
 */
export const responseTransformer = plugin({
  name: 'response-transformer',
  priority: 800,
  perConsumer: true,
  schema,
  handlers(config) {
    const bodies = [config.remove, config.rename, config.replace, config.add, config.append].some(({ json }) => json.length > 0);
    const headerPairs = (list: readonly string[]): [string, string | null][] =>
      list.map(pairOf).map(([name, value]) => [nameOf(name), value]);
    const removed = config.remove.headers.map((entry) => nameOf(pairOf(entry)[0]).toLowerCase());
    const renamed = headerPairs(config.rename.headers);
    const replaced = headerPairs(config.replace.headers);
    const added = headerPairs(config.add.headers);
    const appended = headerPairs(config.append.headers);
    return {
      headerFilter(exchange) {
        const { out } = exchange;
        const before = new Map<string, string[]>();
        for (const { key, value } of out) before.set(key, [...(before.get(key) ?? []), value]);
        for (const key of removed) removeField(out, key);
        for (const [old, name] of renamed) {
          const value = before.get(old.toLowerCase());
          if (value === undefined || name === null) continue;
          setField(out, nameOf(name), value);
          removeField(out, old.toLowerCase());
        }
        for (const [name, value] of replaced) if (value !== null && before.has(name.toLowerCase())) setField(out, name, value);
        for (const [name, value] of added) if (value !== null && !before.has(name.toLowerCase())) setField(out, name, value);
        for (const [name, value] of appended) if (value !== null) addField(out, name, value);
        if (bodies && isJson(exchange)) removeField(out, 'content-length');
      },
      ...(bodies ? { bodyFilter: { applies: isJson, change: (_: Exchange, body: Buffer) => transformJson(config, body) } } : {}),
    };
  },
});
