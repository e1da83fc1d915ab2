import { createHmac, createPublicKey, timingSafeEqual, verify, constants, type KeyObject } from 'node:crypto';
import { JWT_ALGORITHMS, type JwtAlgorithm, type JwtCredential } from '../config/entities.ts';

type Json = Readonly<Record<string, unknown>>;

/** A token in its parts, none of them believed yet. */
export type Token = { header: Json & { alg: JwtAlgorithm }; claims: Json; signed: string; signature: Buffer };

const ALGORITHMS: ReadonlySet<string> = new Set(JWT_ALGORITHMS);
/** Lengths that Kong asserts: another one is an internal error there, and so it is here. */
const SIGNATURE_BYTES: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132, PS256: 256, PS384: 256, PS512: 256 };

/** base64url (RFC 4648, 5), padded or not; null when a character or the length is wrong. */
function decode(text: string): Buffer | null {
  const body = text.split('=', 1)[0]!;
  return /^[A-Za-z0-9_-]*$/.test(body) && body.length % 4 !== 1 ? Buffer.from(body, 'base64url') : null;
}

function json(text: string | undefined): unknown {
  const bytes = text === undefined ? null : decode(text);
  if (bytes === null) throw new SyntaxError('no base64url');
  return JSON.parse(bytes.toString('utf8'));
}

/**
 * Takes a compact JWS apart (RFC 7515), or says why it cannot be: `invalid JSON`, `invalid alg`, `invalid claims`,
 * `invalid signature`. Throws a TypeError where Kong fails with a 500: a header or claims that are no JSON object.
 */
export function readToken(text: string): Token | string {
  const [head, body, ...rest] = text.split('.');
  let header: unknown;
  let claims: unknown;
  try {
    header = json(head);
    claims = json(body);
    if (rest.length === 0) throw new SyntaxError('no signature');
  } catch {
    return 'invalid JSON';
  }
  const signature = decode(rest.join('.'));
  if (typeof header === 'string' || Array.isArray(header)) return 'invalid alg';
  if (typeof header !== 'object' || header === null) throw new TypeError('jwt: the header is no object');
  if (!('alg' in header) || typeof header.alg !== 'string' || !ALGORITHMS.has(header.alg)) return 'invalid alg';
  if (claims === false) return 'invalid claims';
  if (signature === null) return 'invalid signature';
  if (typeof claims !== 'object' || claims === null) throw new TypeError('jwt: the claims are no object');
  return { header: header as Token['header'], claims: claims as Json, signed: `${head}.${body}`, signature };
}

const publicKeys = new Map<string, KeyObject>();

function publicKeyOf(pem: string): KeyObject {
  let key = publicKeys.get(pem);
  if (key === undefined) {
    key = createPublicKey(pem);
    publicKeys.set(pem, key);
  }
  return key;
}

/** Whether the credential signed the token (RFC 7518). Throws where Kong does: a signature of a length that cannot be. */
export function verifySignature(token: Token, credential: JwtCredential, secret: Buffer): boolean {
  const { algorithm } = credential;
  const digest = `sha${algorithm.slice(2)}`;
  const data = Buffer.from(token.signed, 'latin1');
  if (algorithm.startsWith('HS')) {
    const expected = createHmac(digest, secret).update(data).digest();
    return expected.length === token.signature.length && timingSafeEqual(expected, token.signature);
  }
  const key = publicKeyOf(credential.publicKey ?? '');
  const bytes = SIGNATURE_BYTES[algorithm];
  if (bytes !== undefined && token.signature.length !== bytes) throw new RangeError(`jwt: signature must be ${bytes} bytes`);
  if (algorithm === 'EdDSA') return verify(null, data, key, token.signature);
  if (algorithm.startsWith('ES')) return verify(digest, data, { key, dsaEncoding: 'ieee-p1363' }, token.signature);
  if (!algorithm.startsWith('PS')) return verify(digest, data, key, token.signature);
  return verify(
    digest,
    data,
    { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO },
    token.signature,
  );
}
