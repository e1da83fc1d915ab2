import type { Exchange } from '../exchange.ts';
import { parseQuery, writeQuery, type Argument } from '../http/query.ts';
import type { RequestTransform } from '../plugins/request-transformer.ts';
import { tableTransform } from './arguments.ts';

/** Adds a value to an argument: a text becomes a list; `?a` without a value is overwritten, as in Kong. */
export function joinArgument(before: Argument | undefined, value: string): Argument {
  if (Array.isArray(before)) return [...before, value];
  return typeof before === 'string' ? [before, value] : [value];
}

/** Changes the arguments of the query, which is then written anew and sorted; null when nothing is configured. */
export function queryTransform(config: RequestTransform): ((exchange: Exchange) => void) | null {
  const change = tableTransform<Argument>(
    {
      remove: config.remove.querystring,
      rename: config.rename.querystring,
      replace: config.replace.querystring,
      add: config.add.querystring,
      append: config.append.querystring,
    },
    joinArgument,
  );
  if (change === null) return null;
  return (exchange) => {
    const args = exchange.query === '' ? new Map<string, Argument>() : parseQuery(exchange.query);
    change(exchange, args, true);
    exchange.query = writeQuery(args);
  };
}
