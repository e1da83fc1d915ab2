import type { StoredVector, StoredVectors } from '../vectors/stored.ts';

// A point's vectors in one blob, little-endian, every part a multiple of four bytes so that floats can be read in place:
// u32 count, then for each: u32 name, u32 kind (0 dense, 1 multi, 2 sparse), u32 rows, u32 length, and its numbers.
const KINDS = ['dense', 'multi', 'sparse'] as const;

/** Numbers for vector names, so that a blob need not spell them; the list only grows. */
export type Names = { number(name: string): number; name(number: number): string };

/** Packs a point's vectors. */
export function encodeVectors(vectors: StoredVectors, names: Names): Uint8Array {
  let words = 1;
  for (const vector of vectors.values()) words += 4 + size(vector);
  const buffer = new ArrayBuffer(words * 4);
  const [u32, f32] = [new Uint32Array(buffer), new Float32Array(buffer)];
  u32[0] = vectors.size;
  let at = 1;
  for (const [name, vector] of vectors) {
    const rows = vector.kind === 'multi' ? vector.rows.length : 1;
    const length =
      vector.kind === 'dense' ? vector.data.length : vector.kind === 'multi' ? (vector.rows[0]?.length ?? 0) : vector.indices.length;
    u32.set([names.number(name), KINDS.indexOf(vector.kind), rows, length], at);
    at += 4;
    if (vector.kind === 'dense') f32.set(vector.data, at);
    else if (vector.kind === 'multi') for (const [i, row] of vector.rows.entries()) f32.set(row, at + i * length);
    else {
      u32.set(vector.indices, at);
      f32.set(vector.values, at + length);
    }
    at += size(vector);
  }
  return new Uint8Array(buffer);
}

function size(vector: StoredVector): number {
  if (vector.kind === 'dense') return vector.data.length;
  if (vector.kind === 'multi') return vector.rows.length * (vector.rows[0]?.length ?? 0);
  return vector.indices.length * 2;
}

/** Unpacks what `encodeVectors` packed; dense and sparse arrays are views of the blob's memory, to be copied by who keeps them. */
export function decodeVectors(blob: Uint8Array, names: Names): StoredVectors {
  const aligned = blob.byteOffset % 4 === 0 ? blob : blob.slice();
  const words = aligned.byteLength / 4;
  const u32 = new Uint32Array(aligned.buffer, aligned.byteOffset, words);
  const f32 = new Float32Array(aligned.buffer, aligned.byteOffset, words);
  const vectors: StoredVectors = new Map();
  let at = 1;
  for (let i = 0; i < (u32[0] ?? 0); i += 1) {
    const [name = 0, kind = 0, rows = 0, length = 0] = u32.subarray(at, at + 4);
    at += 4;
    if (KINDS[kind] === 'dense') vectors.set(names.name(name), { kind: 'dense', data: f32.subarray(at, at + length) });
    else if (KINDS[kind] === 'multi') {
      const start = at;
      vectors.set(names.name(name), {
        kind: 'multi',
        rows: Array.from({ length: rows }, (_, row) => f32.slice(start + row * length, start + (row + 1) * length)),
      });
    } else {
      vectors.set(names.name(name), {
        kind: 'sparse',
        indices: u32.subarray(at, at + length),
        values: f32.subarray(at + length, at + 2 * length),
      });
    }
    at += KINDS[kind] === 'sparse' ? 2 * length : rows * length;
  }
  return vectors;
}
