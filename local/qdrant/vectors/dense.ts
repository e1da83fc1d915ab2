import type { Kernel } from './kernels.ts';
import { type Matrix, matrix } from './matrix.ts';
import { type Screen, screen } from './screen.ts';

export type Distance = 'Cosine' | 'Dot' | 'Euclid' | 'Manhattan';

/** Whether a greater score is the better one. */
export const largerIsBetter = (distance: Distance): boolean => distance === 'Cosine' || distance === 'Dot';

/** The kernel that computes a distance over stored vectors. */
export function kernelOf(distance: Distance): Kernel {
  return distance === 'Euclid' ? 'euclid' : distance === 'Manhattan' ? 'manhattan' : 'dot';
}

/** What is kept of a vector under a distance: cosine normalises, and leaves the zero vector alone (Qdrant, "Collections": distance). */
export function preprocess(distance: Distance, vector: Float32Array): Float32Array {
  if (distance !== 'Cosine') return vector;
  let sum = 0;
  for (const x of vector) sum += x * x;
  if (sum < 1.1920929e-7 || Math.abs(sum - 1) <= 1e-6) return vector;
  const norm = Math.sqrt(sum);
  return vector.map((x) => x / norm);
}

/** One named dense vector of every point: a matrix and which of its rows are there. */
export type DenseSpace = {
  readonly kind: 'dense';
  readonly distance: Distance;
  readonly dim: number;
  readonly matrix: Matrix;
  has(slot: number): boolean;
  put(slot: number, vector: Float32Array): void;
  remove(slot: number): void;
  count(): number;
  /** Those of a list that have the vector: a slot without it may lie past the memory of the rows. */
  having(among: Uint32Array): Uint32Array;
  /** One more than the highest slot that ever had the vector. */
  extent(): number;
  /** The slots, of `among` or (null) all, outside which none is among the `limit` nearest; null where every one must be scored. All of `among` have the vector. */
  narrowed(query: Float32Array, limit: number, among: Uint32Array | null): Uint32Array | null;
};

/** From this many points on, and for lists shorter than a sixteenth of them, a search narrows the points down before it scores them. */
const SCREEN_FROM_POINTS = 16_384;
const SCREEN_LIMIT_SHARE = 1 / 16;

/** An empty dense space. */
export function denseSpace(dim: number, distance: Distance): DenseSpace {
  const rows = matrix(dim);
  let present = new Uint8Array(16);
  let [count, highest] = [0, -1];
  let coarse: Screen | null | undefined = distance === 'Cosine' || distance === 'Dot' ? undefined : null;
  const coarsen = (): void => {
    coarse = screen(dim);
    for (let slot = 0; slot < present.length; slot += 1) if (present[slot] === 1) coarse?.set(slot, rows.get(slot));
  };
  return {
    kind: 'dense',
    distance,
    dim,
    matrix: rows,
    has: (slot) => present[slot] === 1,
    put: (slot, vector) => {
      if (slot >= present.length) {
        const next = new Uint8Array(Math.max(slot + 1, present.length * 2));
        next.set(present);
        present = next;
      }
      if (present[slot] !== 1) count += 1;
      present[slot] = 1;
      highest = Math.max(highest, slot);
      rows.set(slot, vector);
      coarse?.set(slot, vector);
    },
    remove: (slot) => {
      if (present[slot] !== 1) return;
      present[slot] = 0;
      count -= 1;
      coarse?.remove(slot);
    },
    count: () => count,
    having: (among) => among.filter((slot) => present[slot] === 1),
    extent: () => highest + 1,
    narrowed: (query, limit, among) => {
      const size = among?.length ?? count;
      if (size < SCREEN_FROM_POINTS || limit > size * SCREEN_LIMIT_SHARE) return null;
      if (coarse === undefined) coarsen();
      return coarse?.candidates(query, limit, among ?? highest + 1) ?? null;
    },
  };
}
