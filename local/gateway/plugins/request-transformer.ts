import * as z from 'zod';
import { readBody } from '../http/body.ts';
import { setField, valueOf } from '../http/fields.ts';
import { escapePath } from '../http/path.ts';
import { plugin } from '../plugin.ts';
import { bodyTransform, formToQuery } from '../transform/request-body.ts';
import { headerTransform } from '../transform/request-headers.ts';
import { queryTransform } from '../transform/request-query.ts';
import { template } from '../transform/template.ts';

const headerName = /^[A-Za-z0-9_\-!#$%&'*+.^`|~]+$/;
const names = z.array(z.string()).default([]);
const pairs = z.array(z.string().regex(/^[^:]+:+.+$/s, 'must be name:value')).default([]);
const headerNames = z.array(z.string().refine((text) => headerName.test(text.split(':', 1)[0]!), 'is not a valid header')).default([]);
const headerPairs = z
  .array(z.string().refine((text) => text.includes(':') && headerName.test(text.split(':', 1)[0]!), 'must be header:value'))
  .default([]);
const values = { body: pairs, headers: headerPairs, querystring: pairs };
const schema = z.strictObject({
  http_method: z
    .string()
    .regex(/^[A-Z]+$/, 'must be in capitals')
    .nullish(),
  remove: z.strictObject({ body: names, headers: headerNames, querystring: names }).prefault({}),
  rename: z.strictObject(values).prefault({}),
  replace: z.strictObject({ ...values, uri: z.string().nullish() }).prefault({}),
  add: z.strictObject(values).prefault({}),
  append: z.strictObject(values).prefault({}),
});
export type RequestTransform = z.infer<typeof schema>;

const GETS = new Set(['GET', 'HEAD', 'TRACE']);

/**
 * Changes what the service gets: method, path, headers, body and arguments; each in the order remove, rename, replace, add, append.
 *
 * Source: kong/plugins/request-transformer/access.lua.
 */
export const requestTransformer = plugin({
  name: 'request-transformer',
  priority: 801,
  perConsumer: true,
  schema,
  handlers(config) {
    const uri = config.replace.uri ? template(config.replace.uri) : null;
    const headers = headerTransform(config);
    const body = bodyTransform(config);
    const query = queryTransform(config);
    const method = config.http_method ?? null;
    return {
      async access(exchange) {
        if (uri !== null) {
          const path = uri(exchange);
          if (!path.startsWith('/')) throw new Error('request-transformer: path must start with /');
          exchange.path = escapePath(path);
        }
        if (method !== null) {
          exchange.method = method;
          if (GETS.has(method) && valueOf(exchange.headers, 'content-type')?.toLowerCase().includes('application/x-www-form-urlencoded')) {
            await readBody(exchange);
            exchange.query = formToQuery(exchange.query, exchange.body!);
          }
        }
        headers(exchange);
        if (body !== null) {
          await readBody(exchange);
          const changed = body(exchange, exchange.body!);
          if (changed !== null) {
            exchange.body = changed;
            setField(exchange.headers, 'content-length', String(changed.length));
          }
        }
        query?.(exchange);
      },
    };
  },
});
