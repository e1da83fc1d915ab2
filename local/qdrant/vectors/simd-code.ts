import type { Kernel } from './kernels.ts';

/** `screen` is the dot product of rows of 8-bit integers and a query of 16-bit ones. */
export type SimdKernelName = Kernel | 'screen';

// A tiny assembler for one WebAssembly module (core specification 2.0, "Binary Format"; vector instructions are 0xfd and a number).
const unsigned = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...unsigned(n >>> 7)]);
const section = (id: number, ...items: number[][]): number[] => {
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
};
const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
/** One list from parts, so that each line of a body can be one statement of it. */
const join = (...parts: number[][]): number[] => parts.flat();
const simd = (op: number): number[] => [0xfd, ...unsigned(op)];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const constant = (n: number): number[] => [0x41, ...(n < 64 ? [n] : [(n & 0x7f) | 0x80, n >>> 7])];
const [I32, V128] = [0x7f, 0x7b];
const [I32_ADD, I32_MUL, I32_LT_U, I32_GE_U, F32_ADD, F32_SQRT] = [[0x6a], [0x6c], [0x49], [0x4f], [0x92], [0x91]];
const [F32X4_ABS, F32X4_ADD, F32X4_SUB, F32X4_MUL] = [simd(0xe0), simd(0xe4), simd(0xe5), simd(0xe6)];
const [I16X8_LOW, I16X8_HIGH, I32X4_DOT, I32X4_ADD, F32X4_FROM_I32X4] = [simd(0x87), simd(0x88), simd(0xba), simd(0xae), simd(0xfa)];
const load = (offset: number): number[] => [...simd(0), 4, offset];
const lane = (n: number): number[] => [...simd(0x1f), n];
const ZERO = [...simd(0x0c), ...Array.from({ length: 16 }, () => 0)];

// Parameters and locals by number.
const [QUERY, ROWS, STRIDE, LIST, COUNT, OUT] = [0, 1, 2, 3, 4, 5];
const [I, ROW, END, AT, DIFF] = [6, 7, 8, 9, 14];
const SUMS = [10, 11, 12, 13];

/** One term of the sum, on four lanes: what `a` and `b` (both on the stack) add. */
const TERM: Record<Kernel, number[]> = {
  dot: F32X4_MUL,
  euclid: [...F32X4_SUB, 0x22, DIFF, ...get(DIFF), ...F32X4_MUL],
  manhattan: [...F32X4_SUB, ...F32X4_ABS],
};

/** Adds the terms of 16 floats of a row and the query to four sums. */
const floatStep = (kernel: Kernel): number[] =>
  SUMS.flatMap((sum, k) =>
    join(get(sum), [...get(ROW), ...load(16 * k)], [...get(AT), ...load(16 * k)], TERM[kernel], F32X4_ADD, set(sum)),
  );

/** Adds the products of 32 bytes of a row and 32 16-bit integers of the query to four sums of integers. */
const screenStep = SUMS.flatMap((sum, k) =>
  join(
    get(sum),
    [...get(ROW), ...load(16 * (k >> 1)), ...(k % 2 === 0 ? I16X8_LOW : I16X8_HIGH)],
    [...get(AT), ...load(16 * k), ...I32X4_DOT, ...I32X4_ADD, ...set(sum)],
  ),
);

/** `for i in 0..count { row = rows + (list ? list[i] : i) · stride; sum the terms of row and query; out[i] = sum }` */
function body(kernel: SimdKernelName): number[] {
  const isScreen = kernel === 'screen';
  const step = isScreen ? screenStep : floatStep(kernel);
  const pick = join(
    [...get(LIST), 0x04, I32],
    [...get(LIST), ...get(I), ...constant(4), ...I32_MUL, ...I32_ADD, 0x28, 2, 0],
    [0x05, ...get(I), 0x0b],
  );
  const inner = join(
    [0x03, 0x40, ...step],
    [...get(AT), ...constant(64), ...I32_ADD, ...set(AT)],
    [...get(ROW), ...constant(isScreen ? 32 : 64), ...I32_ADD, 0x22, ROW, ...get(END), ...I32_LT_U, 0x0d, 0, 0x0b],
  );
  const [a = 0, b = 0, c = 0, d = 0] = SUMS;
  const asFloats = isScreen ? SUMS.flatMap((sum) => [...get(sum), ...F32X4_FROM_I32X4, ...set(sum)]) : [];
  const total = [...asFloats, ...get(a), ...get(b), ...F32X4_ADD, ...get(c), ...get(d), ...F32X4_ADD, ...F32X4_ADD, ...set(a)];
  const lanes = join(
    [...get(a), ...lane(0), ...get(a), ...lane(1), ...F32_ADD],
    [...get(a), ...lane(2), ...get(a), ...lane(3), ...F32_ADD, ...F32_ADD],
  );
  const code = join(
    [0x02, 0x40, 0x03, 0x40, ...get(I), ...get(COUNT), ...I32_GE_U, 0x0d, 1],
    [...get(ROWS), ...pick, ...get(STRIDE), ...I32_MUL, ...I32_ADD, 0x22, ROW, ...get(STRIDE), ...I32_ADD, ...set(END)],
    [...get(QUERY), ...set(AT), ...SUMS.flatMap((sum) => [...ZERO, ...set(sum)]), ...inner, ...total],
    [...get(OUT), ...get(I), ...constant(4), ...I32_MUL, ...I32_ADD, ...lanes, ...(kernel === 'euclid' ? F32_SQRT : []), 0x38, 2, 0],
    [...get(I), ...constant(1), ...I32_ADD, ...set(I), 0x0c, 0, 0x0b, 0x0b, 0x0b],
  );
  const locals = [2, 4, I32, 5, V128];
  return [...unsigned(locals.length + code.length), ...locals, ...code];
}

export const SIMD_KERNELS: readonly SimdKernelName[] = ['dot', 'euclid', 'manhattan', 'screen'];

/** The module: imports `m.m`, a memory, and exports one function per kernel. */
export function assemble(): Uint8Array {
  const module = join(
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, [0x60, 6, I32, I32, I32, I32, I32, I32, 0]),
    section(2, [...name('m'), ...name('m'), 2, 0, 1]),
    section(3, ...SIMD_KERNELS.map(() => [0])),
    section(7, ...SIMD_KERNELS.map((kernel, i) => [...name(kernel), 0, i])),
    section(10, ...SIMD_KERNELS.map(body)),
  );
  return new Uint8Array(module);
}
