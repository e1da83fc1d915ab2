import { type Kernel, scoreRows } from './kernels.ts';
import { simdRows, type SimdRows } from './simd.ts';

/** Rows of 32-bit floats in one piece of memory. */
export type Matrix = {
  readonly dim: number;
  set(row: number, vector: ArrayLike<number>): void;
  /** A copy of a row. */
  get(row: number): Float32Array;
  /** One score for each of the first `rows` rows, or for each row of a list. The answer is overwritten by the next call. */
  score(kernel: Kernel, query: ArrayLike<number>, rows: Uint32Array | number): Float32Array;
  bytes(): number;
};

/** Rows are padded with zeros to a multiple of what one turn of the vector kernels takes. */
const LANES = 16;
/** Under a mebibyte JavaScript is as quick, and a WebAssembly memory reserves gigabytes of addresses each. */
const SIMD_FROM_FLOATS = 262_144;

/** An empty matrix; `simd` false keeps to JavaScript. Sizes up to 4 GiB. */
export function matrix(dim: number, simd = true): Matrix {
  const stride = Math.ceil(dim / LANES) * LANES;
  const query = new Float32Array(stride);
  let data = new Float32Array(0);
  let scores = new Float32Array(0);
  let rowsInWasm: SimdRows | null | undefined = simd ? undefined : null;
  const reserve = (rows: number): void => {
    if (rows * stride <= data.length) return;
    if (rowsInWasm === undefined && rows * stride > SIMD_FROM_FLOATS) rowsInWasm = simdRows(stride * 4, stride * 4);
    const old = data;
    if (rowsInWasm) {
      const first = rowsInWasm.capacity() * stride < old.length;
      rowsInWasm.reserve(rows);
      const { buffer, offset } = rowsInWasm.place();
      data = new Float32Array(buffer, offset, rowsInWasm.capacity() * stride);
      if (first) data.set(old);
    } else {
      data = new Float32Array(Math.max(rows, Math.ceil((old.length * 1.5) / stride)) * stride);
      data.set(old);
    }
  };
  return {
    dim,
    set: (row, vector) => {
      reserve(row + 1);
      data.set(vector, row * stride);
    },
    get: (row) => data.slice(row * stride, row * stride + dim),
    score: (kernel, vector, rows) => {
      const count = typeof rows === 'number' ? rows : rows.length;
      if (typeof rows === 'number') reserve(rows);
      if (scores.length < count) scores = new Float32Array(count + 1_024);
      query.set(vector);
      if (rowsInWasm) rowsInWasm.score(kernel, new Uint8Array(query.buffer), rows, scores);
      else scoreRows(kernel, data, stride, query, rows, scores);
      return scores.subarray(0, count);
    },
    bytes: () => data.byteLength + scores.byteLength,
  };
}
