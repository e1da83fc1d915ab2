import { type Kernel, scoreRows } from './kernels.ts';

/** Rows of 32-bit floats in one piece of memory. */
export type Matrix = {
  readonly dim: number;
  set(row: number, vector: ArrayLike<number>): void;
  /** A copy of a row. */
  get(row: number): Float32Array;
  /** One score for each of the first `rows` rows, or for each row of a list. The answer is overwritten by the next call. */
  score(kernel: Kernel, query: ArrayLike<number>, rows: Uint32Array | number): Float32Array;
  reserve(rows: number): void;
  bytes(): number;
};

/** An empty matrix; it grows by doubling. */
export function matrix(dim: number): Matrix {
  const stride = Math.ceil(dim / 8) * 8;
  let data = new Float32Array(0);
  let scores = new Float32Array(0);
  const query = new Float32Array(stride);
  const reserve = (rows: number): void => {
    if (rows * stride <= data.length) return;
    const next = new Float32Array(Math.max(rows, Math.ceil((data.length / stride) * 1.5), 16) * stride);
    next.set(data);
    data = next;
  };
  return {
    dim,
    reserve,
    set: (row, vector) => {
      reserve(row + 1);
      data.set(vector, row * stride);
    },
    get: (row) => data.slice(row * stride, row * stride + dim),
    score: (kernel, vector, rows) => {
      const count = typeof rows === 'number' ? rows : rows.length;
      if (scores.length < count) scores = new Float32Array(count + 1024);
      query.set(vector);
      scoreRows(kernel, data, stride, query, rows, scores);
      return scores.subarray(0, count);
    },
    bytes: () => data.byteLength + scores.byteLength,
  };
}
