import * as z from 'zod';
import type { Exchange } from '../exchange.ts';
import { addField, removeField, setOut, variableOf } from '../http/fields.ts';
import { plugin } from '../plugin.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'] as const;
const schema = z.strictObject({
  origins: z.array(z.string()).nullish(),
  methods: z.array(z.enum(METHODS)).default([...METHODS]),
  headers: z.array(z.string()).nullish(),
  exposed_headers: z.array(z.string()).nullish(),
  credentials: z.boolean().default(false),
  max_age: z.number().nullish(),
  preflight_continue: z.boolean().default(false),
  private_network: z.boolean().default(false),
});

type Origin = { domain: string; host: string };

function normalise(origin: string): Origin {
  const parsed = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?\/\/(?:[^@/]*@)?([^:/?#]+)(?::(\d*))?/.exec(origin);
  if (parsed === null) return { domain: origin, host: origin };
  const [, scheme, host = '', port] = parsed;
  const usual = port === undefined || port === '' || (scheme === 'http' && port === '80') || (scheme === 'https' && port === '443');
  return { domain: `${scheme === undefined ? '' : `${scheme}://`}${host}${usual ? '' : `:${port}`}`, host };
}

/** A test for one configured origin: a literal by scheme, host and port; anything else is a regular expression, anchored. */
function originTest(entry: string): (origin: Origin) => boolean {
  if (!/[^A-Za-z0-9.:/-]/.test(entry)) {
    const { domain } = normalise(entry);
    return (origin) => origin.domain === domain;
  }
  const pattern = new RegExp(`^(?:${entry.replace(/^\^/, '')}${entry.endsWith('$') ? '' : '$'})`);
  return entry.includes(':') ? (origin) => pattern.test(origin.domain) : (origin) => pattern.test(origin.host);
}

/** Cross-origin requests: answers preflights before authentication, and marks every other response (Fetch standard, CORS protocol). */
export const cors = plugin({
  name: 'cors',
  priority: 2000,
  perConsumer: false,
  schema,
  handlers(config) {
    const origins = config.origins ?? [];
    const any = origins.length === 0 || (origins.length === 1 && origins[0] === '*');
    const single = origins.length === 1 && /^[A-Za-z0-9.:/-]+$/.test(origins[0]!) ? origins[0]! : null;
    const star = origins.indexOf('*');
    const tests = (star < 0 ? origins : origins.slice(0, star)).map(originTest);
    const preflights = new WeakSet<Exchange>();

    const vary = ({ out }: Exchange, filtering: boolean): void => {
      if (filtering) addField(out, 'vary', 'Origin');
      else setOut(out, 'vary', 'Origin');
    };
    /** Whether every origin is allowed. */
    const setOrigin = (exchange: Exchange, filtering: boolean): boolean => {
      const { out } = exchange;
      if (any) {
        setOut(out, 'Access-Control-Allow-Origin', '*');
        return true;
      }
      vary(exchange, filtering);
      if (single !== null) {
        setOut(out, 'Access-Control-Allow-Origin', single);
        return false;
      }
      const given = variableOf(exchange.headers, 'origin');
      if (given !== undefined && star >= 0) {
        setOut(out, 'Access-Control-Allow-Origin', '*');
        return true;
      }
      const origin = given === undefined ? null : normalise(given);
      if (origin !== null && tests.some((test) => test(origin))) setOut(out, 'Access-Control-Allow-Origin', origin.domain);
      else removeField(out, 'access-control-allow-origin');
      return false;
    };
    const setCredentials = (exchange: Exchange, all: boolean, filtering: boolean): void => {
      if (!config.credentials) return;
      if (all) {
        const given = variableOf(exchange.headers, 'origin');
        if (given === undefined) return;
        vary(exchange, filtering);
        setOut(exchange.out, 'Access-Control-Allow-Origin', given);
      }
      setOut(exchange.out, 'Access-Control-Allow-Credentials', 'true');
    };
    return {
      access(exchange) {
        const { headers, out } = exchange;
        if (exchange.method !== 'OPTIONS' || variableOf(headers, 'origin') === undefined) return;
        if (variableOf(headers, 'access-control-request-method') === undefined) return;
        preflights.add(exchange);
        if (config.preflight_continue) return;
        setCredentials(exchange, setOrigin(exchange, false), false);
        const asked = variableOf(headers, 'access-control-request-headers');
        if (config.headers && config.headers.length > 0) setOut(out, 'Access-Control-Allow-Headers', config.headers.join(','));
        else if (asked !== undefined) setOut(out, 'Access-Control-Allow-Headers', asked);
        setOut(out, 'Access-Control-Allow-Methods', config.methods.join(','));
        if (config.max_age !== null && config.max_age !== undefined) setOut(out, 'Access-Control-Max-Age', String(config.max_age));
        if (config.private_network && variableOf(headers, 'access-control-request-private-network') === 'true') {
          setOut(out, 'Access-Control-Allow-Private-Network', 'true');
        }
        return { status: 200, body: '', headers: [] };
      },
      headerFilter(exchange) {
        if (preflights.has(exchange)) return;
        setCredentials(exchange, setOrigin(exchange, true), true);
        const exposed = config.exposed_headers ?? [];
        if (exposed.length > 0) setOut(exchange.out, 'Access-Control-Expose-Headers', exposed.join(','));
      },
    };
  },
});
