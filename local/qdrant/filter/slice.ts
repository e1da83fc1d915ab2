import type { PointId } from '../ids.ts';

const MASK = (1n << 64n) - 1n;
const rotl = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & MASK;

/** SipHash-2-4 with a zero key (Aumasson and Bernstein 2012). */
export function sipHash24(bytes: Uint8Array): bigint {
  // The constants of the paper, "somepseudorandomlygeneratedbytes"; a zero key leaves them as they are.
  let [v0, v1, v2, v3] = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n];
  const round = (): void => {
    v0 = (v0 + v1) & MASK;
    v2 = (v2 + v3) & MASK;
    v1 = rotl(v1, 13n) ^ v0;
    v3 = rotl(v3, 16n) ^ v2;
    v0 = rotl(v0, 32n);
    v2 = (v2 + v1) & MASK;
    v0 = (v0 + v3) & MASK;
    v1 = rotl(v1, 17n) ^ v2;
    v3 = rotl(v3, 21n) ^ v0;
    v2 = rotl(v2, 32n);
  };
  // The last word holds what is left, and the length in its highest byte.
  const padded = new Uint8Array((Math.floor(bytes.length / 8) + 1) * 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length & 0xff;
  for (const word of new BigUint64Array(padded.buffer)) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 4; i += 1) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The hash by which Qdrant slices the space of ids (`slice_point_id_hash`, lib/segment/src/types.rs): part of its API. */
export function sliceHash(id: PointId): bigint {
  if (typeof id === 'number') return sipHash24(new Uint8Array(new BigUint64Array([BigInt(id)]).buffer));
  return sipHash24(Uint8Array.from(id.replaceAll('-', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}
