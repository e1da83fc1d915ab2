import type { Context, MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { Failure, type Role } from '../failure.ts';
import { readEnv } from '../env.ts';
import type { App } from './app.ts';

/** Who is calling, as the gateway vouches for it. */
export type Identity = { tenant: string; roles: ReadonlySet<Role> };

const ROLES: readonly Role[] = ['reader', 'writer', 'admin'];
const encoder = new TextEncoder();

/** Compares digests instead of the texts, so that neither length nor content shows in the time taken. */
async function sameSecret(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([given, expected].map((text) => crypto.subtle.digest('SHA-256', encoder.encode(text))));
  const left = new Uint8Array(a!);
  const right = new Uint8Array(b!);
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left[i]! ^ right[i]!;
  return difference === 0;
}

async function holdsServiceToken(c: Context<App>, given: string): Promise<boolean> {
  const { SERVICE_TOKEN, SERVICE_TOKEN_PREVIOUS } = readEnv(c.env);
  const checks = await Promise.all([SERVICE_TOKEN, SERVICE_TOKEN_PREVIOUS ?? SERVICE_TOKEN].map((expected) => sameSecret(given, expected)));
  return checks.includes(true);
}

/**
 * Lets a request in when it came through the gateway and its consumer holds `role`.
 *
 * The tenant is `X-Consumer-Custom-ID`, else `X-Consumer-Username`; both are believed only behind a valid `X-Service-Token`.
 * @throws Failure `service_token_invalid` (token missing or wrong, or no consumer named), `role_missing`.
 */
export function requireRole(role: Role): MiddlewareHandler<App> {
  return createMiddleware<App>(async function admitted(c, next) {
    if (!(await holdsServiceToken(c, c.req.header('x-service-token') ?? ''))) throw new Failure({ code: 'service_token_invalid' });
    const tenant = c.req.header('x-consumer-custom-id') || c.req.header('x-consumer-username');
    if (!tenant) throw new Failure({ code: 'service_token_invalid' });
    const groups = (c.req.header('x-consumer-groups') ?? '').split(',').map((group) => group.trim());
    const roles = new Set(ROLES.filter((known) => groups.includes(known)));
    c.set('identity', { tenant, roles });
    if (!roles.has(role)) throw new Failure({ code: 'role_missing', role });
    await next();
  });
}

/**
 * Lets the metrics' scraper in, which is no consumer: it shows `METRICS_TOKEN` as `Authorization: Bearer`, the one form that every
 * Prometheus can send. The service token, which speaks for any tenant, is not for it; without a `METRICS_TOKEN` nobody is let in.
 *
 * @throws Failure `service_token_invalid`.
 */
export const requireScraper: MiddlewareHandler<App> = createMiddleware<App>(async function scraper(c, next) {
  const { METRICS_TOKEN } = readEnv(c.env);
  const [scheme, token] = (c.req.header('authorization') ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || METRICS_TOKEN === null || !(await sameSecret(token ?? '', METRICS_TOKEN)))
    throw new Failure({ code: 'service_token_invalid' });
  await next();
});
