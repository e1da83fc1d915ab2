import { assemble, SIMD_KERNELS, type SimdKernelName } from './simd-code.ts';

/** Scores `count` rows that lie at `rows` in the memory, or those that the u32 list at `list` (not 0) names, and writes f32 scores to `out`. */
type SimdKernel = (query: number, rows: number, strideBytes: number, list: number, count: number, out: number) => void;

/** The part of the WebAssembly JavaScript interface that is used here; the types of Workers leave it out, because Workers may not compile. */
type Memory = { readonly buffer: ArrayBuffer; grow(pages: number): number };
type Module = { readonly compiled: never };
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Memory: new (size: { initial: number }) => Memory;
  Module: new (bytes: Uint8Array) => Module;
  Instance: new (module: Module, imports: { m: { m: Memory } }) => { exports: Record<string, unknown> };
};

const PAGE_BYTES = 65_536;
/** Rows scored in one call: their list and their scores have a fixed place in front of the rows. */
const BLOCK_ROWS = 16_384;

let compiled: Module | null | undefined;

/** The kernels over a memory; null where the engine has no vector instructions. */
function kernelsOver(memory: Memory): Map<SimdKernelName, SimdKernel> | null {
  if (compiled === undefined) {
    const bytes = assemble();
    compiled = WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
  }
  if (compiled === null) return null;
  const { exports } = new WebAssembly.Instance(compiled, { m: { m: memory } });
  const entries = SIMD_KERNELS.map((name): [SimdKernelName, SimdKernel] => {
    const found = exports[name];
    if (typeof found !== 'function') throw new TypeError(`the module has no ${name}`);
    return [name, (...args) => void found(...args)];
  });
  return new Map(entries);
}

/** Rows of `rowBytes` each in a WebAssembly memory, which grows in place, and what scores them. */
export type SimdRows = {
  /** How many rows there is room for. */
  capacity(): number;
  /** Makes room; throws a `RangeError` past 4 GiB. */
  reserve(rows: number): void;
  /** Where the rows begin; the buffer changes when the memory grows. */
  place(): { buffer: ArrayBuffer; offset: number };
  /** Scores the first `rows` rows, or those of a list, into `out`. */
  score(kernel: SimdKernelName, query: Uint8Array, rows: Uint32Array | number, out: Float32Array): void;
};

/** No rows yet; null where the engine has no vector instructions. `rowBytes` and `queryBytes` are multiples of 64. */
export function simdRows(rowBytes: number, queryBytes: number): SimdRows | null {
  const [list, out, queryAt] = [64, 64 + BLOCK_ROWS * 4, 64 + BLOCK_ROWS * 8];
  const first = queryAt + queryBytes;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(first / PAGE_BYTES) });
  const kernels = kernelsOver(memory);
  if (kernels === null) return null;
  const capacity = (): number => Math.floor((memory.buffer.byteLength - first) / rowBytes);
  return {
    capacity,
    reserve: (rows) => {
      const had = capacity();
      if (rows <= had) return;
      const wanted = Math.max(rows, had + Math.min(had >> 1, Math.ceil(67_108_864 / rowBytes)));
      memory.grow(Math.ceil((first + wanted * rowBytes - memory.buffer.byteLength) / PAGE_BYTES));
    },
    place: () => ({ buffer: memory.buffer, offset: first }),
    score: (name, query, rows, scores) => {
      const kernel = kernels.get(name);
      const count = typeof rows === 'number' ? rows : rows.length;
      new Uint8Array(memory.buffer, queryAt, queryBytes).set(query);
      const listed = new Uint32Array(memory.buffer, list, BLOCK_ROWS);
      const block = new Float32Array(memory.buffer, out, BLOCK_ROWS);
      for (let at = 0; at < count; at += BLOCK_ROWS) {
        const size = Math.min(BLOCK_ROWS, count - at);
        if (typeof rows === 'number') kernel?.(queryAt, first + at * rowBytes, rowBytes, 0, size, out);
        else {
          listed.set(rows.subarray(at, at + size));
          kernel?.(queryAt, first, rowBytes, list, size, out);
        }
        scores.set(block.subarray(0, size), at);
      }
    },
  };
}
