const encoder = new TextEncoder();

/**
 * MurmurHash3 x86 32-bit of a string's UTF-8 bytes, as an unsigned integer.
 *
 * Not for anything secret. Source: Austin Appleby, SMHasher, `MurmurHash3.cpp`.
 */
export function murmur3(text: string, seed = 0): number {
  const bytes = encoder.encode(text);
  const blocks = bytes.length >>> 2;
  let hash = seed;
  for (let block = 0; block < blocks; block++) {
    const at = block << 2;
    hash ^= scramble((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= blocks << 2; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  if (bytes.length & 3) hash ^= scramble(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

/**
 * The sparse index of a token: the absolute value of its hash read as a signed 32-bit integer.
 *
 * Source: Qdrant's BM25 (`lib/bm25`) and FastEmbed's `Qdrant/bm25`, so that indices here and there are the same.
 */
export function tokenId(token: string): number {
  return Math.abs(murmur3(token) | 0);
}
