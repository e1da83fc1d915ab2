import { type Kernel, scoreRows } from './kernels.ts';
import { SIMD_LANES, simdKernels, wasmMemory } from './simd.ts';

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

/** Where the rows lie and how they are scored. */
type Store = {
  data: Float32Array;
  grow(floats: number): void;
  score: (kernel: Kernel, query: Float32Array, rows: Uint32Array | number, out: Float32Array) => void;
};

/** Under a mebibyte JavaScript is as quick, and a WebAssembly memory reserves gigabytes of addresses each. */
const SIMD_FROM_FLOATS = 262_144;
/** Rows scored in one call: their list and their scores have a fixed place in front of the rows. */
const BLOCK_ROWS = 16_384;
const PAGE_BYTES = 65_536;

/** An empty matrix; `simd` false keeps to JavaScript. Sizes up to 4 GiB. */
export function matrix(dim: number, simd = true): Matrix {
  const stride = Math.ceil(dim / SIMD_LANES) * SIMD_LANES;
  const query = new Float32Array(stride);
  let store: Store = inHeap(stride);
  let scores = new Float32Array(0);
  let accelerated = false;
  const reserve = (rows: number): void => {
    const floats = rows * stride;
    if (floats <= store.data.length) return;
    if (simd && !accelerated && floats > SIMD_FROM_FLOATS) {
      accelerated = true;
      const next = inWasm(stride);
      if (next !== null) {
        next.grow(floats);
        next.data.set(store.data);
        store = next;
      }
    }
    store.grow(floats);
  };
  return {
    dim,
    set: (row, vector) => {
      reserve(row + 1);
      store.data.set(vector, row * stride);
    },
    get: (row) => store.data.slice(row * stride, row * stride + dim),
    score: (kernel, vector, rows) => {
      const count = typeof rows === 'number' ? rows : rows.length;
      reserve(typeof rows === 'number' ? rows : 0);
      if (scores.length < count) scores = new Float32Array(count + 1_024);
      query.set(vector);
      store.score(kernel, query, rows, scores);
      return scores.subarray(0, count);
    },
    bytes: () => store.data.byteLength + scores.byteLength,
  };
}

function inHeap(stride: number): Store {
  const store: Store = {
    data: new Float32Array(0),
    grow: (floats) => {
      if (floats <= store.data.length) return;
      const next = new Float32Array(Math.max(floats, Math.ceil((store.data.length * 1.5) / stride) * stride));
      next.set(store.data);
      store.data = next;
    },
    score: (kernel, query, rows, out) => scoreRows(kernel, store.data, stride, query, rows, out),
  };
  return store;
}

/** Rows in a WebAssembly memory, which grows in place; null where there are no vector instructions. */
function inWasm(stride: number): Store | null {
  const strideBytes = stride * 4;
  const [list, out, queryAt] = [64, 64 + BLOCK_ROWS * 4, 64 + BLOCK_ROWS * 8];
  const first = Math.ceil((queryAt + strideBytes) / 64) * 64;
  const memory = wasmMemory(Math.ceil(first / PAGE_BYTES));
  const kernels = simdKernels(memory);
  if (kernels === null) return null;
  const store: Store = {
    data: new Float32Array(0),
    grow: (floats) => {
      if (floats <= store.data.length) return;
      const wanted = Math.max(floats, store.data.length + Math.min(store.data.length >> 1, 16_777_216));
      const missing = first + wanted * 4 - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
      store.data = new Float32Array(memory.buffer, first, Math.floor((memory.buffer.byteLength - first) / strideBytes) * stride);
    },
    score: (kernel, query, rows, scores) => {
      const count = typeof rows === 'number' ? rows : rows.length;
      new Float32Array(memory.buffer, queryAt, stride).set(query);
      const listed = new Uint32Array(memory.buffer, list, BLOCK_ROWS);
      const block = new Float32Array(memory.buffer, out, BLOCK_ROWS);
      for (let at = 0; at < count; at += BLOCK_ROWS) {
        const size = Math.min(BLOCK_ROWS, count - at);
        if (typeof rows === 'number') kernels[kernel](queryAt, first + at * strideBytes, strideBytes, 0, size, out);
        else {
          listed.set(rows.subarray(at, at + size));
          kernels[kernel](queryAt, first, strideBytes, list, size, out);
        }
        scores.set(block.subarray(0, size), at);
      }
    },
  };
  return store;
}
