import * as z from 'zod';
import { anonymousOf, authenticated, identify } from '../consumer.ts';
import type { Exchange } from '../exchange.ts';
import { refuse, type Answer } from '../http/answer.ts';
import { removeField, valuesOf } from '../http/fields.ts';
import { parseQuery, withoutArgument, type Argument } from '../http/query.ts';
import { plugin } from '../plugin.ts';

const schema = z.strictObject({
  key_names: z
    .array(z.string().regex(/^[A-Za-z0-9_-]+$/))
    .min(1)
    .default(['apikey']),
  hide_credentials: z.boolean().default(false),
  anonymous: z.string().nullish(),
  key_in_header: z.boolean().default(true),
  key_in_query: z.boolean().default(true),
  key_in_body: z.literal(false, 'is not built: this gateway looks for keys in headers and the query').default(false),
  run_on_preflight: z.boolean().default(true),
  realm: z.string().nullish(),
});

type Shown = { key: string | null } | { duplicate: true };

/** Knows a caller by an API key in a header or, after that, in the query. */
export const keyAuth = plugin({
  name: 'key-auth',
  priority: 1250,
  perConsumer: false,
  schema,
  handlers(config, _scope, { config: file }) {
    const anonymous = anonymousOf(file, config.anonymous ?? null);
    const challenge: Answer['headers'] = [['WWW-Authenticate', config.realm ? `Key realm="${config.realm}"` : 'Key']];

    const shown = (exchange: Exchange): Shown => {
      let args: ReadonlyMap<string, Argument> | undefined;
      for (const name of config.key_names) {
        const key = name.toLowerCase();
        const values = config.key_in_header ? valuesOf(exchange.headers, key) : [];
        let value: Argument | undefined = values.length > 1 ? values : values[0];
        if (value === undefined && config.key_in_query && exchange.query !== '') {
          args ??= parseQuery(exchange.query);
          value = args.get(name);
        }
        if (Array.isArray(value)) return { duplicate: true };
        if (typeof value !== 'string') continue;
        if (config.hide_credentials) {
          exchange.query = withoutArgument(exchange.query, name);
          removeField(exchange.headers, key);
        }
        return { key: value };
      }
      return { key: null };
    };
    const authenticate = (exchange: Exchange): Answer | null => {
      const found = shown(exchange);
      if ('duplicate' in found) return refuse(exchange, 401, 'Duplicate API key found', challenge);
      if (found.key === null || found.key === '') return refuse(exchange, 401, 'No API key found in request', challenge);
      const credential = file.keys.get(found.key);
      if (credential === undefined) return refuse(exchange, 401, 'Unauthorized', challenge);
      identify(exchange, credential.consumer, credential);
      return null;
    };
    return { access: (exchange) => authenticated(exchange, { anonymous, onPreflight: config.run_on_preflight, authenticate }) };
  },
});
