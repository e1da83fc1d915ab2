/** The three ways in which Qdrant compares two dense vectors; cosine is `dot` over vectors normalised when they are stored. */
export type Kernel = 'dot' | 'euclid' | 'manhattan';

/** Scores rows of a matrix against a query, in JavaScript: eight lanes a turn, `stride` a multiple of eight. Distances are positive. */
export function scoreRows(
  kernel: Kernel,
  matrix: Float32Array,
  stride: number,
  query: Float32Array,
  rows: Uint32Array | number,
  out: Float32Array,
): void {
  const one = kernel === 'dot' ? dot : kernel === 'euclid' ? euclid : manhattan;
  const count = typeof rows === 'number' ? rows : rows.length;
  for (let i = 0; i < count; i += 1) {
    const row = typeof rows === 'number' ? i : (rows[i] ?? 0);
    out[i] = one(matrix, row * stride, query, stride);
  }
}

function dot(m: Float32Array, at: number, q: Float32Array, stride: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < stride; i += 8) {
    const j = at + i;
    a += m[j]! * q[i]! + m[j + 4]! * q[i + 4]!;
    b += m[j + 1]! * q[i + 1]! + m[j + 5]! * q[i + 5]!;
    c += m[j + 2]! * q[i + 2]! + m[j + 6]! * q[i + 6]!;
    d += m[j + 3]! * q[i + 3]! + m[j + 7]! * q[i + 7]!;
  }
  return a + b + (c + d);
}

function euclid(m: Float32Array, at: number, q: Float32Array, stride: number): number {
  let [a, b] = [0, 0];
  for (let i = 0; i < stride; i += 2) {
    const x = m[at + i]! - q[i]!;
    const y = m[at + i + 1]! - q[i + 1]!;
    a += x * x;
    b += y * y;
  }
  return Math.sqrt(a + b);
}

function manhattan(m: Float32Array, at: number, q: Float32Array, stride: number): number {
  let [a, b] = [0, 0];
  for (let i = 0; i < stride; i += 2) {
    a += Math.abs(m[at + i]! - q[i]!);
    b += Math.abs(m[at + i + 1]! - q[i + 1]!);
  }
  return a + b;
}
