/** A vector as it is kept: cosine vectors normalised, sparse ones sorted by index. */
export type StoredVector =
  | { kind: 'dense'; data: Float32Array }
  | { kind: 'multi'; rows: Float32Array[] }
  | { kind: 'sparse'; indices: Uint32Array; values: Float32Array };

export type StoredVectors = Map<string, StoredVector>;
