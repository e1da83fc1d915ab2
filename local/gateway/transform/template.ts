import type { Exchange } from '../exchange.ts';
import { valuesOf } from '../http/fields.ts';
import { parseQuery } from '../http/query.ts';

type Render = (exchange: Exchange) => string;

const TERM = /^\s*(?:(headers|query_params|uri_captures)(?:\.([A-Za-z_]\w*)|\[(?:"([^"]*)"|'([^']*)'|(\d+))\])|"([^"]*)"|'([^']*)')\s*$/;

function term(text: string): (exchange: Exchange) => string | undefined {
  const found = TERM.exec(text);
  if (found === null) {
    throw new Error(`$(${text}) is not built: write headers.x, headers["x"], query_params.x, uri_captures.x, and \`or\` between them`);
  }
  const [, table, member, double, single, index, literal, quoted] = found;
  const name = member ?? double ?? single ?? index ?? '';
  switch (table) {
    case 'headers': {
      const key = name.toLowerCase().replaceAll('_', '-');
      return ({ headers }) => valuesOf(headers, key)[0];
    }
    case 'query_params':
      return ({ query }) => {
        const value = parseQuery(query).get(name);
        const first = Array.isArray(value) ? value[0] : value;
        return first === true ? 'true' : first;
      };
    case 'uri_captures':
      // Lua counts captures from one; `found.slice(1)` counted them from zero.
      return ({ match }) => match?.captures[index === undefined ? name : String(Number(index) - 1)];
    default:
      return () => literal ?? quoted;
  }
}

/**
 * A value of request-transformer with its `$(…)` parts, as a function of the request.
 *
 * Kong takes any Lua there; this takes a header, an argument, a capture of the route's expression or a text, and `or` between
 * them. Throws on anything else. A part that yields nothing is empty.
 */
export function template(text: string): Render {
  if (!text.includes('$(')) return () => text;
  const parts: Render[] = [];
  let rest = text;
  for (let at = rest.indexOf('$('); at >= 0; at = rest.indexOf('$(')) {
    const before = rest.slice(0, at);
    const end = rest.indexOf(')', at);
    if (end < 0) throw new Error(`${text}: a $( is not closed`);
    const terms = rest
      .slice(at + 2, end)
      .split(/\sor\s/)
      .map(term);
    parts.push((exchange) => {
      for (const each of terms) {
        const value = each(exchange);
        if (value !== undefined) return before + value;
      }
      return before;
    });
    rest = rest.slice(end + 1);
  }
  return (exchange) => parts.map((part) => part(exchange)).join('') + rest;
}
