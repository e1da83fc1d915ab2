import * as z from 'zod';
import type { Exchange } from '../exchange.ts';
import { addField, removeField, setOut, valuesOf } from '../http/fields.ts';
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

const keyOf = (name: string): string => name.replaceAll('_', '-').toLowerCase();

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
    const headerPairs = (list: readonly string[]): [string, string | null, string][] =>
      list.map(pairOf).map(([name, value]) => [name, value, keyOf(name)]);
    const removed = config.remove.headers.map((entry) => keyOf(pairOf(entry)[0]));
    const renamed = headerPairs(config.rename.headers);
    const replaced = headerPairs(config.replace.headers);
    const added = headerPairs(config.add.headers);
    const appended = headerPairs(config.append.headers);
    return {
      headerFilter(exchange) {
        const { out } = exchange;
        const before = out.slice();
        const there = new Set(before.map(({ key }) => key));
        for (const key of removed) removeField(out, key);
        for (const [, name, key] of renamed) {
          if (name === null || !there.has(key)) continue;
          setOut(out, name, valuesOf(before, key));
          removeField(out, key);
        }
        for (const [name, value, key] of replaced) if (value !== null && there.has(key)) setOut(out, name, value);
        for (const [name, value, key] of added) if (value !== null && !there.has(key)) setOut(out, name, value);
        for (const [name, value] of appended) if (value !== null) addField(out, name, value);
        if (bodies && isJson(exchange)) removeField(out, 'content-length');
      },
      ...(bodies ? { bodyFilter: { applies: isJson, change: (_: Exchange, body: Buffer) => transformJson(config, body) } } : {}),
    };
  },
});
