import { simdRows } from './simd.ts';
import { best } from './top.ts';

/**
 * A coarse copy of a matrix, 8 bits a number, that tells which rows can be among the best and which cannot.
 *
 * It reads a quarter of the memory, and memory is what an exact search waits for. No row that belongs to the best is ever lost:
 * |x·q − x̂·q̂| ≤ |x − x̂|·|q| + |x̂|·|q − q̂| (Cauchy–Schwarz), with |x − x̂| kept for every row.
 */
export type Screen = {
  set(row: number, vector: Float32Array): void;
  remove(row: number): void;
  /** The rows, of the first `rows` or of a list, outside which no row is among the `limit` with the greatest dot products. */
  candidates(query: Float32Array, limit: number, rows: Uint32Array | number): Uint32Array;
};

/** Bytes of a row, and 16-bit numbers of the query, that one turn of the kernel takes. */
const LANES = 64;
/** What 32-bit arithmetic may add to the bound, relative to the norms. */
const ROUNDING = 1e-5;

/** An empty screen over vectors of `dim` numbers; null where there are no vector instructions or the dimension is too large for its sums. */
export function screen(dim: number): Screen | null {
  const stride = Math.ceil(dim / LANES) * LANES;
  // The largest query number for which a sum of stride / 4 products with 127 stays within 32 bits.
  const queryMax = Math.min(32_767, Math.floor(2 ** 31 / (127 * (stride / 4))) - 1);
  const rows = queryMax < 1_024 ? null : simdRows(stride, stride * 2);
  if (rows === null) return null;
  let data = new Int8Array(0);
  // NaN marks a row that is not there: every comparison with its bounds is false.
  let scales = new Float32Array(0);
  let errors = new Float32Array(0);
  let [largest, sums] = [0, new Float32Array(0)];
  const reserve = (row: number): void => {
    if (row < scales.length && (row + 1) * stride <= data.length) return;
    rows.reserve(row + 1);
    const { buffer, offset } = rows.place();
    data = new Int8Array(buffer, offset, rows.capacity() * stride);
    if (row >= scales.length) {
      const [nextScales, nextErrors] = [new Float32Array(rows.capacity()).fill(NaN), new Float32Array(rows.capacity())];
      nextScales.set(scales);
      nextErrors.set(errors);
      [scales, errors] = [nextScales, nextErrors];
    }
  };
  return {
    set: (row, vector) => {
      reserve(row);
      let peak = 0;
      for (let i = 0; i < vector.length; i += 1) peak = Math.max(peak, Math.abs(vector[i]!));
      const scale = Math.fround(peak / 127);
      const inverse = scale === 0 ? 0 : 1 / scale;
      const at = row * stride;
      let [error, norm] = [0, 0];
      for (let i = 0; i < vector.length; i += 1) {
        const x = vector[i]!;
        const scaled = x * inverse;
        const whole = (scaled + (scaled < 0 ? -0.5 : 0.5)) | 0;
        data[at + i] = whole;
        const rest = x - whole * scale;
        error += rest * rest;
        norm += x * x;
      }
      scales[row] = scale;
      errors[row] = Math.sqrt(error);
      largest = Math.max(largest, Math.sqrt(norm));
    },
    remove: (row) => {
      if (row < scales.length) scales[row] = NaN;
    },
    candidates: (query, limit, list) => {
      const count = typeof list === 'number' ? list : list.length;
      if (count > 0) reserve(typeof list === 'number' ? count - 1 : scales.length - 1);
      if (sums.length < count) sums = new Float32Array(count + 1_024);
      const peak = query.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
      const unit = peak === 0 ? 1 : peak / queryMax;
      const whole = new Int16Array(stride);
      let [norm, rest] = [0, 0];
      for (const [i, x] of query.entries()) {
        const rounded = Math.round(x / unit);
        whole[i] = rounded;
        norm += x * x;
        rest += (x - rounded * unit) ** 2;
      }
      norm = Math.sqrt(norm);
      const slack = 2 * largest * Math.sqrt(rest) + ROUNDING * largest * norm;
      rows.score('screen', new Uint8Array(whole.buffer), list, sums);
      const top = best(limit);
      for (let i = 0; i < count; i += 1) {
        const row = typeof list === 'number' ? i : list[i]!;
        const scale = scales[row]!;
        if (!Number.isNaN(scale)) top.push(row, sums[i]! * scale * unit - errors[row]! * norm - slack);
      }
      const least = top.take().at(limit - 1)?.score ?? -Infinity;
      const found = new Uint32Array(count);
      let size = 0;
      for (let i = 0; i < count; i += 1) {
        const row = typeof list === 'number' ? i : list[i]!;
        if (sums[i]! * scales[row]! * unit + errors[row]! * norm + slack >= least) found[size++] = row;
      }
      return found.subarray(0, size);
    },
  };
}
