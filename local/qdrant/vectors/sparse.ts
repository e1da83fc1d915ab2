export type SparseVector = { indices: Uint32Array; values: Float32Array };
type Posting = { slots: Uint32Array; weights: Float32Array; length: number; df: number };

/** One named sparse vector of every point, as an inverted index: token → the points that have it. */
export type SparseSpace = {
  readonly kind: 'sparse';
  has(slot: number): boolean;
  get(slot: number): SparseVector | null;
  put(slot: number, vector: SparseVector): void;
  remove(slot: number): void;
  count(): number;
  /** How many points have a token. */
  documentFrequency(token: number): number;
  /** Adds up the dot products of a query; only points that share a token are visited. */
  score(query: SparseVector, visit: (slot: number, score: number) => void): void;
  /** Whether the space still holds stale entries of a slot, so that the slot must not be given to another point yet. */
  isStale(slot: number): boolean;
};

/**
 * An empty sparse space.
 *
 * Removal leaves a point's entries in the postings until they outnumber a third of the living ones, and then sweeps them all.
 */
export function sparseSpace(): SparseSpace {
  const postings = new Map<number, Posting>();
  const vectors = new Map<number, SparseVector>();
  const stale = new Set<number>();
  let sums = new Float64Array(0);
  let [living, dead] = [0, 0];

  const append = (slot: number, { indices, values }: SparseVector): void => {
    for (let i = 0; i < indices.length; i += 1) {
      const token = indices[i]!;
      let posting = postings.get(token);
      if (posting === undefined) {
        posting = { slots: new Uint32Array(2), weights: new Float32Array(2), length: 0, df: 0 };
        postings.set(token, posting);
      }
      if (posting.length === posting.slots.length) grow(posting);
      posting.slots[posting.length] = slot;
      posting.weights[posting.length] = values[i]!;
      posting.length += 1;
      posting.df += 1;
    }
    living += indices.length;
  };
  const sweep = (): void => {
    for (const [token, posting] of postings) {
      let kept = 0;
      for (let i = 0; i < posting.length; i += 1) {
        if (stale.has(posting.slots[i]!)) continue;
        posting.slots[kept] = posting.slots[i]!;
        posting.weights[kept] = posting.weights[i]!;
        kept += 1;
      }
      posting.length = kept;
      if (kept === 0) postings.delete(token);
    }
    stale.clear();
    dead = 0;
  };
  const remove = (slot: number): void => {
    const vector = vectors.get(slot);
    if (vector === undefined) return;
    vectors.delete(slot);
    stale.add(slot);
    for (const token of vector.indices) {
      const posting = postings.get(token);
      if (posting !== undefined) posting.df -= 1;
    }
    living -= vector.indices.length;
    dead += vector.indices.length;
    if (dead > 1_000 && dead * 3 > living) sweep();
  };
  return {
    kind: 'sparse',
    has: (slot) => vectors.has(slot),
    get: (slot) => vectors.get(slot) ?? null,
    put: (slot, vector) => {
      const old = vectors.get(slot);
      if (old !== undefined && equal(old, vector)) return;
      if (old !== undefined) remove(slot);
      if (stale.has(slot)) sweep();
      vectors.set(slot, vector);
      append(slot, vector);
    },
    remove,
    count: () => vectors.size,
    documentFrequency: (token) => postings.get(token)?.df ?? 0,
    score: (query, visit) => {
      const touched: number[] = [];
      for (let i = 0; i < query.indices.length; i += 1) {
        const posting = postings.get(query.indices[i]!);
        if (posting === undefined) continue;
        const weight = query.values[i]!;
        for (let j = 0; j < posting.length; j += 1) {
          const slot = posting.slots[j]!;
          if (slot >= sums.length) sums = enlarge(sums, slot);
          if (sums[slot] === 0) touched.push(slot);
          // Zero means "not touched yet", so a sum that comes to zero is kept as the smallest number.
          sums[slot] = sums[slot]! + weight * posting.weights[j]! || Number.MIN_VALUE;
        }
      }
      for (const slot of touched) {
        const sum = sums[slot]!;
        sums[slot] = 0;
        if (vectors.has(slot) && !stale.has(slot)) visit(slot, Math.fround(sum));
      }
    },
    isStale: (slot) => stale.has(slot),
  };
}

function grow(posting: Posting): void {
  const size = posting.slots.length * 2;
  const [slots, weights] = [new Uint32Array(size), new Float32Array(size)];
  slots.set(posting.slots);
  weights.set(posting.weights);
  posting.slots = slots;
  posting.weights = weights;
}

function enlarge(sums: Float64Array, slot: number): Float64Array<ArrayBuffer> {
  const next = new Float64Array(Math.max(slot + 1, sums.length * 2, 1_024));
  next.set(sums);
  return next;
}

function equal(a: SparseVector, b: SparseVector): boolean {
  return a.indices.length === b.indices.length && a.indices.every((token, i) => token === b.indices[i] && a.values[i] === b.values[i]);
}
