import { invert, type Inverted } from './inverted.ts';

export type SparseVector = { indices: Uint32Array; values: Float32Array };

/** One named sparse vector of every point. */
export type SparseSpace = {
  readonly kind: 'sparse';
  has(slot: number): boolean;
  get(slot: number): SparseVector | null;
  put(slot: number, vector: SparseVector): void;
  remove(slot: number): void;
  count(): number;
  /** How many points have each of some tokens. */
  documentFrequencies(tokens: Uint32Array): number[];
  /** Adds up the dot products of a query; only points that share a token with it are visited. */
  score(query: SparseVector, visit: (slot: number, score: number) => void): void;
};

/** Where a slot's vector is: nowhere, in the inverted index, or in the tail that is not in it yet. */
const [NONE, INVERTED, TAIL] = [0, 1, 2];
/** A tail under this many entries, or an eighth of the index, is scanned with each query instead of being inverted. */
const TAIL_ENTRIES = 32_768;
const TAIL_SHARE = 0.125;

/**
 * An empty sparse space: all vectors one after the other, and an inverted index (token → points) that is rebuilt when a query finds
 * that too much has been added since. Removed points stay in the index and are passed over.
 */
export function sparseSpace(): SparseSpace {
  let tokens = new Uint32Array(1_024);
  let weights = new Float32Array(1_024);
  let used = 0;
  let starts = new Float64Array(64);
  let lengths = new Uint32Array(64);
  let states = new Uint8Array(64);
  let sums = new Float64Array(64);
  let index: Inverted | null = null;
  let tail = new Set<number>();
  let [count, living, tailEntries] = [0, 0, 0];

  const view = (slot: number): SparseVector => {
    const [start, length] = [starts[slot]!, lengths[slot]!];
    return { indices: tokens.subarray(start, start + length), values: weights.subarray(start, start + length) };
  };
  const remove = (slot: number): void => {
    const state = states[slot] ?? NONE;
    if (state === NONE) return;
    if (state === INVERTED) index?.forget(view(slot).indices);
    else {
      tail.delete(slot);
      tailEntries -= lengths[slot]!;
    }
    states[slot] = NONE;
    living -= lengths[slot]!;
    count -= 1;
  };
  const append = ({ indices, values }: SparseVector): number => {
    const start = used;
    used += indices.length;
    if (used > tokens.length) {
      tokens = enlarged(tokens, Uint32Array, used);
      weights = enlarged(weights, Float32Array, used);
    }
    tokens.set(indices, start);
    weights.set(values, start);
    return start;
  };
  const settle = (): void => {
    if (tailEntries <= Math.max(TAIL_ENTRIES, (index?.entries ?? 0) * TAIL_SHARE)) return;
    if (used > 2 * living) {
      const old = Array.from(states, (state, slot) => (state === NONE ? null : view(slot)));
      tokens = new Uint32Array(living + 1_024);
      weights = new Float32Array(living + 1_024);
      used = 0;
      for (const [slot, vector] of old.entries()) if (vector !== null) starts[slot] = append(vector);
    }
    for (const slot of tail) states[slot] = INVERTED;
    index = invert(tokens, weights, starts, lengths, states, living);
    tail = new Set();
    tailEntries = 0;
  };
  return {
    kind: 'sparse',
    has: (slot) => (states[slot] ?? NONE) !== NONE,
    get: (slot) => ((states[slot] ?? NONE) === NONE ? null : view(slot)),
    put: (slot, vector) => {
      if (slot >= states.length) {
        starts = enlarged(starts, Float64Array, slot + 1);
        lengths = enlarged(lengths, Uint32Array, slot + 1);
        states = enlarged(states, Uint8Array, slot + 1);
        sums = enlarged(sums, Float64Array, slot + 1);
      }
      if (states[slot] !== NONE && equal(view(slot), vector)) return;
      remove(slot);
      starts[slot] = append(vector);
      lengths[slot] = vector.indices.length;
      states[slot] = TAIL;
      tail.add(slot);
      count += 1;
      living += vector.indices.length;
      tailEntries += vector.indices.length;
    },
    remove,
    count: () => count,
    documentFrequencies: (wanted) => {
      settle();
      const found = new Map(Array.from(wanted, (token) => [token, index?.frequency(token) ?? 0]));
      for (const slot of tail) {
        for (const token of view(slot).indices) {
          const known = found.get(token);
          if (known !== undefined) found.set(token, known + 1);
        }
      }
      return Array.from(wanted, (token) => found.get(token) ?? 0);
    },
    score: (query, visit) => {
      settle();
      const touched: number[] = [];
      // Zero means "not touched yet", so a sum that comes to zero is kept as the smallest number.
      const add = (slot: number, value: number): void => {
        if (sums[slot] === 0) touched.push(slot);
        sums[slot] = sums[slot]! + value || Number.MIN_VALUE;
      };
      for (const [i, token] of query.indices.entries()) {
        index?.visit(token, (slot, weight) => {
          if (states[slot] === INVERTED) add(slot, weight * query.values[i]!);
        });
      }
      const asked =
        tail.size === 0 ? new Map<number, number>() : new Map(Array.from(query.indices, (token, i) => [token, query.values[i]!]));
      for (const slot of tail) {
        const { indices, values } = view(slot);
        for (let i = 0; i < indices.length; i += 1) {
          const weight = asked.get(indices[i]!);
          if (weight !== undefined) add(slot, weight * values[i]!);
        }
      }
      for (const slot of touched) {
        visit(slot, Math.fround(sums[slot]!));
        sums[slot] = 0;
      }
    },
  };
}

function enlarged<T extends Uint8Array | Uint32Array | Float32Array | Float64Array>(
  old: T,
  Type: new (length: number) => T,
  size: number,
): T {
  const next = new Type(Math.max(size, old.length * 2));
  next.set(old);
  return next;
}

function equal(a: SparseVector, b: SparseVector): boolean {
  return a.indices.length === b.indices.length && a.indices.every((token, i) => token === b.indices[i] && a.values[i] === b.values[i]);
}
