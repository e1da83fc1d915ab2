import { createHmac } from 'node:crypto';

type Json = Readonly<Record<string, unknown>>;

const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An HS256 signature over any header and claims, true or not: what the header says is not looked at. */
export function forge(header: Json, claims: Json, secret: string): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** The secret of the consumer alice in the recorded configurations. */
export const ALICE_SECRET = 'alice-secret-0123456789-0123456789';

/** The tokens of the recorded exchanges, by the end of their names; `now` in seconds. */
export function recordedTokens(now: number): Record<string, string> {
  const header = { alg: 'HS256', typ: 'JWT' };
  const alice = (claims: Json): string => forge(header, claims, ALICE_SECRET);
  return {
    ok: alice({ iss: 'alice-iss', exp: now + 600 }),
    expired: alice({ iss: 'alice-iss', exp: now - 600 }),
    noexp: alice({ iss: 'alice-iss' }),
    noiss: alice({ exp: now + 600 }),
    unknowniss: alice({ iss: 'nobody', exp: now + 600 }),
    badsig: forge(header, { iss: 'alice-iss', exp: now + 600 }, 'wrong'),
    none: forge({ alg: 'none', typ: 'JWT' }, { iss: 'alice-iss', exp: now + 600 }, ALICE_SECRET),
    hs512: forge({ alg: 'HS512', typ: 'JWT' }, { iss: 'alice-iss', exp: now + 600 }, ALICE_SECRET),
    expstring: alice({ iss: 'alice-iss', exp: 'soon' }),
    emptyiss: alice({ iss: '', exp: now + 600 }),
    nbf: alice({ iss: 'alice-iss', exp: now + 600, nbf: now + 500 }),
    nbfok: alice({ iss: 'alice-iss', exp: now + 600, nbf: now - 60 }),
  };
}
