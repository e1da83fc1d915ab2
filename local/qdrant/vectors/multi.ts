import { type Distance, kernelOf } from './dense.ts';
import { scoreRows } from './kernels.ts';

/** One named multivector of every point: several rows a point, compared by MaxSim. */
export type MultiSpace = {
  readonly kind: 'multi';
  readonly distance: Distance;
  readonly dim: number;
  has(slot: number): boolean;
  get(slot: number): readonly Float32Array[];
  put(slot: number, rows: readonly Float32Array[]): void;
  remove(slot: number): void;
  count(): number;
};

/** An empty multivector space. */
export function multiSpace(dim: number, distance: Distance): MultiSpace {
  const points = new Map<number, readonly Float32Array[]>();
  return {
    kind: 'multi',
    distance,
    dim,
    has: (slot) => points.has(slot),
    get: (slot) => points.get(slot) ?? [],
    put: (slot, rows) => void points.set(slot, rows),
    remove: (slot) => void points.delete(slot),
    count: () => points.size,
  };
}

/** MaxSim: for each row of the query the best of the point's rows, summed (Qdrant, "Vectors": multivectors). Distances count negative; Euclid adds up squares. */
export function maxSim(distance: Distance, query: readonly Float32Array[], rows: readonly Float32Array[]): number {
  const out = new Float32Array(1);
  const kernel = kernelOf(distance);
  const sign = kernel === 'dot' ? 1 : -1;
  let sum = 0;
  for (const q of query) {
    let best = -Infinity;
    const padded = pad(q);
    for (const row of rows) {
      scoreRows(kernel, pad(row), padded.length, padded, 1, out);
      best = Math.max(best, kernel === 'euclid' ? -((out[0] ?? 0) ** 2) : sign * (out[0] ?? 0));
    }
    sum += best;
  }
  return Math.fround(kernel === 'euclid' ? -Math.sqrt(-sum) : sum);
}

function pad(vector: Float32Array): Float32Array {
  if (vector.length % 8 === 0) return vector;
  const padded = new Float32Array(Math.ceil(vector.length / 8) * 8);
  padded.set(vector);
  return padded;
}
