import * as z from 'zod';
import { anonymousOf, authenticated, identify } from '../consumer.ts';
import { readToken, verifySignature, type Token } from '../jwt/token.ts';
import { claimErrors } from '../jwt/claims.ts';
import type { Exchange } from '../exchange.ts';
import { exit, type Answer } from '../http/answer.ts';
import { valueOf, valuesOf } from '../http/fields.ts';
import { parseQuery } from '../http/query.ts';
import { plugin } from '../plugin.ts';

const schema = z
  .strictObject({
    uri_param_names: z.array(z.string()).default(['jwt']),
    cookie_names: z.array(z.string()).default([]),
    header_names: z.array(z.string()).default(['authorization']),
    key_claim_name: z.string().default('iss'),
    secret_is_base64: z.boolean().default(false),
    claims_to_verify: z.array(z.enum(['exp', 'nbf'])).nullish(),
    anonymous: z.string().nullish(),
    run_on_preflight: z.boolean().default(true),
    maximum_expiration: z.number().min(0).max(31_536_000).default(0),
    realm: z.string().nullish(),
  })
  .refine(
    (config) => config.maximum_expiration === 0 || config.claims_to_verify?.includes('exp'),
    'maximum_expiration needs exp in claims_to_verify',
  );
type JwtConfig = z.infer<typeof schema>;

function cookie(exchange: Exchange, name: string): string | undefined {
  for (const header of valuesOf(exchange.headers, 'cookie')) {
    for (const pair of header.split(';')) {
      const at = pair.indexOf('=');
      if (at >= 0 && pair.slice(0, at).trim().toLowerCase() === name.toLowerCase()) return pair.slice(at + 1).trim();
    }
  }
  return undefined;
}

/** The distinct tokens of a request: from arguments, cookies and headers. */
function tokensOf(config: JwtConfig, exchange: Exchange): Set<string> {
  const tokens = new Set<string>();
  const add = (token: string | undefined): void => {
    if (token !== undefined && token !== '') tokens.add(token);
  };
  if (exchange.query !== '') {
    const args = parseQuery(exchange.query);
    for (const name of config.uri_param_names) {
      const value = args.get(name);
      for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) add(each === true ? 'true' : each);
    }
  }
  for (const name of config.cookie_names) add(cookie(exchange, name));
  for (const name of config.header_names) {
    const header = valueOf(exchange.headers, name.toLowerCase());
    add(header === undefined ? undefined : /\s*[Bb]earer\s+(.+)/.exec(header)?.[1]);
  }
  return tokens;
}

/**
 * Knows a caller by a signed token (RFC 7519): the credential is the one whose key is the issuer, and its algorithm alone is taken.
 *
 * Every refusal is a 401. Source: kong/plugins/jwt/handler.lua.
 */
export const jwt = plugin({
  name: 'jwt',
  priority: 1450,
  perConsumer: false,
  schema,
  handlers(config, _scope, { config: file, now }) {
    const anonymous = anonymousOf(file, config.anonymous ?? null);
    const challenge = config.realm ? `Bearer realm="${config.realm}"` : 'Bearer';
    const claim = config.key_claim_name;
    const refusal = (body: unknown, invalid = true): Answer =>
      exit(401, body, [['WWW-Authenticate', invalid ? `${challenge} error="invalid_token"` : challenge]]);
    const issuer = (token: Token): unknown => {
      const value = token.claims[claim];
      return value === undefined || value === false ? token.header[claim] : value;
    };
    const authenticate = (exchange: Exchange): Answer | null => {
      const tokens = tokensOf(config, exchange);
      const [text] = tokens;
      if (text === undefined) return refusal({ message: 'Unauthorized' }, false);
      if (tokens.size > 1) return refusal({ message: 'Multiple tokens provided' });
      const token = readToken(text);
      if (typeof token === 'string') return refusal({ message: `Bad token; ${token}` });
      const key = issuer(token);
      if (key === undefined || key === false) return refusal({ message: `No mandatory '${claim}' in claims` });
      if (key === '') return refusal({ message: `Invalid '${claim}' in claims` });
      if (typeof key !== 'string') throw new TypeError(`jwt: ${claim} is no string`);
      const credential = file.jwts.get(key);
      if (credential === undefined) return refusal({ message: `No credentials found for given '${claim}'` });
      if (token.header.alg !== credential.algorithm) return refusal({ message: 'Invalid algorithm' });
      const secret = config.secret_is_base64 ? Buffer.from(credential.secret, 'base64url') : Buffer.from(credential.secret);
      if (!credential.algorithm.startsWith('HS') && credential.publicKey === null) return refusal({ message: 'Invalid key/secret' });
      if (!verifySignature(token, credential, secret)) return refusal({ message: 'Invalid signature' });
      const errors = claimErrors(token.claims, config.claims_to_verify ?? [], config.maximum_expiration, Math.floor(now() / 1000));
      if (errors !== null) return refusal(errors);
      identify(exchange, credential.consumer, credential);
      return null;
    };
    return { access: (exchange) => authenticated(exchange, { anonymous, onPreflight: config.run_on_preflight, authenticate }) };
  },
});
