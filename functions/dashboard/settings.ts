import type { ConfigResponse } from './contract.ts';

/** Where the gateway listens on a machine of one's own. */
const GATEWAY_URL_DEFAULT = 'http://localhost:8000';

/** What the page is told. @param gatewayUrl `GATEWAY_PUBLIC_URL`, as a browser reaches it. @throws Error when it is no address. */
export function configOf(gatewayUrl: string | undefined, emulator = false): ConfigResponse {
  const given = gatewayUrl || GATEWAY_URL_DEFAULT;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw new Error('GATEWAY_PUBLIC_URL must be a URL that starts with http:// or https://');
  const { origin, pathname } = new URL(given);
  return { gatewayUrl: origin + pathname.replace(/\/+$/, ''), emulator };
}

/**
 * The headers of everything the dashboard sends: nothing runs, is styled, is framed or is asked but what comes from its own origin,
 * and the gateway.
 *
 * Trusted Types close the ways from text to markup as well: the page uses none of them. Source: CSP level 3, Trusted Types.
 */
export function securityHeaders({ gatewayUrl }: ConfigResponse): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `connect-src 'self' ${new URL(gatewayUrl).origin}`,
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  };
}
