/** What is shown to the gateway; kept by this tab until it is closed, and nowhere else. */
export type Credential = { kind: 'key' | 'token'; value: string };

/** The credential as the headers that the gateway looks for. */
export const headersOf = ({ kind, value }: Credential): Record<string, string> =>
  kind === 'key' ? { apikey: value } : { authorization: `Bearer ${value}` };

/** What a token says of itself; nothing when it is a key, or cannot be read. Source: RFC 7519. */
function claimsOf({ kind, value }: Credential): { iss?: unknown; exp?: unknown } {
  if (kind === 'key') return {};
  try {
    const bytes = Uint8Array.from(atob(value.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    return (JSON.parse(new TextDecoder().decode(bytes)) as { iss?: unknown; exp?: unknown } | null) ?? {};
  } catch {
    return {}; // the gateway says what is wrong with it
  }
}

/** When a token ends, in milliseconds since 1970; null when it does not say. */
export function expiryOf(credential: Credential): number | null {
  const { exp } = claimsOf(credential);
  return typeof exp === 'number' ? exp * 1_000 : null;
}

/** Whether two credentials are certainly one caller's: the same key, or tokens of one issuer, by which the gateway finds the consumer. */
export function isSameCaller(one: Credential, other: Credential): boolean {
  if (one.kind !== other.kind) return false;
  if (one.value === other.value) return true;
  const { iss } = claimsOf(one);
  return iss !== undefined && iss === claimsOf(other).iss;
}
