type Claims = Readonly<Record<string, unknown>>;

function check(name: 'exp' | 'nbf', value: unknown, now: number): string | null {
  if (typeof value !== 'number') return 'must be a number';
  if (name === 'exp') return value <= now ? 'token expired' : null;
  return value > now ? 'token not valid yet' : null;
}

/**
 * What is wrong with the registered claims that must be verified, by claim; null when nothing is.
 *
 * A claim that is not there is wrong too. `now` is in seconds; `maximum` is the longest life left, in seconds (0: any).
 * Source: kong/plugins/jwt/jwt_parser.lua.
 */
export function claimErrors(
  claims: Claims,
  names: readonly ('exp' | 'nbf')[],
  maximum: number,
  now: number,
): Record<string, string> | null {
  const errors: Record<string, string> = {};
  for (const name of names) {
    const error = check(name, claims[name], now);
    if (error !== null) errors[name] = error;
  }
  if (Object.keys(errors).length > 0) return errors;
  if (maximum > 0 && (claims.exp as number) - now > maximum) return { exp: 'exceeds maximum allowed expiration' };
  return null;
}
