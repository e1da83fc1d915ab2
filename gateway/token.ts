import { createHmac, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';

const USAGE = 'usage: npm run token -- --consumer dashboard [--ttl 1h]';
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
/** The gateway refuses tokens that live longer (`maximum_expiration`). */
const TTL_MAX_SECONDS = 86_400;

/** `90s`, `15m` or `1h` in seconds. Throws on anything else, and on more than a day. */
export function readTtl(text: string): number {
  const found = /^(\d+)([smh])$/.exec(text);
  const seconds = found === null ? 0 : Number(found[1]) * UNITS[found[2]!]!;
  if (seconds < 1 || seconds > TTL_MAX_SECONDS) throw new Error(`--ttl ${text}: write 90s, 15m or 1h, at most 24h`);
  return seconds;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Mints a JWT for development: HS256, with `iss` (the credential's key in the gateway file), `sub`, `iat`, `nbf`, `exp` and `jti`.
 *
 * `now` and `ttl` are in seconds. `nbf` is a minute back, for clocks that differ. Source: RFC 7519.
 */
export function mintToken({ consumer, secret, ttl, now }: { consumer: string; secret: string; ttl: number; now: number }): string {
  const claims = { iss: consumer, sub: consumer, iat: now, nbf: now - 60, exp: now + ttl, jti: randomUUID() };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({ options: { consumer: { type: 'string' }, ttl: { type: 'string', default: '1h' } } });
    if (values.consumer === undefined) throw new Error(`--consumer is missing\n${USAGE}`);
    const name = `DECK_${values.consumer.toUpperCase().replaceAll('-', '_')}_JWT_SECRET`;
    const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
    const secret = process.env[name] ?? file[name];
    if (!secret) throw new Error(`${name} is set neither in the environment nor in .env: it signs the tokens of ${values.consumer}`);
    console.log(mintToken({ consumer: values.consumer, secret, ttl: readTtl(values.ttl), now: Math.floor(Date.now() / 1000) }));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
