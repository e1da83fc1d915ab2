import type { Collection, Space } from '../collection.ts';
import type { SpaceConfig } from '../config.ts';
import { badInput, wrongDimension } from '../errors.ts';
import { kernelOf, largerIsBetter, preprocess } from '../vectors/dense.ts';
import { maxSim } from '../vectors/multi.ts';
import type { SparseVector } from '../vectors/sparse.ts';
import { best, type Hit } from '../vectors/top.ts';
import type { VectorInput } from './parse.ts';

/** A query's vector once ids are looked up. */
export type QueryVector = Exclude<VectorInput, { kind: 'id' }>;

/** The points to score: those of a list, or (null) every point of the collection. */
export type Among = Uint32Array | null;

/**
 * Checks a query's vector against the space it is for, and prepares it: 400 on a wrong kind or dimension.
 *
 * Cosine vectors are normalised; sparse ones are weighed by IDF where the space asks for it, over a corpus or (null) all points.
 */
export function prepare(config: SpaceConfig, space: Space | undefined, vector: QueryVector, corpus: Among): QueryVector {
  if (config.kind === 'sparse') {
    if (vector.kind !== 'sparse') throw badInput('Conversion between sparse and regular vectors failed');
    return config.idf && space?.kind === 'sparse' ? { kind: 'sparse', vector: withIdf(space, vector.vector, corpus) } : vector;
  }
  if (vector.kind === 'sparse') throw badInput('Conversion between sparse and regular vectors failed');
  const row = (data: Float32Array): Float32Array => {
    if (data.length !== config.dim) throw wrongDimension(config.dim, data.length);
    return preprocess(config.distance, data);
  };
  const rows = vector.kind === 'dense' ? [vector.data] : vector.rows;
  if (config.kind === 'multi') return { kind: 'multi', rows: rows.map(row) };
  const [only] = rows;
  if (only === undefined || rows.length !== 1) throw badInput('Conversion between multi and regular vectors failed');
  return { kind: 'dense', data: row(only) };
}

/** The IDF modifier: `ln((N − df + 0.5) / (df + 0.5) + 1)` on each of the query's weights, counted over a corpus or (null) all points (Qdrant, "Indexing": IDF modifier). */
function withIdf(space: Extract<Space, { kind: 'sparse' }>, query: SparseVector, corpus: Among): SparseVector {
  const within = corpus === null ? null : corpus.filter((slot) => space.has(slot));
  const n = within === null ? space.count() : within.length;
  const frequencies =
    within === null
      ? space.documentFrequencies(query.indices)
      : Array.from(query.indices, (token) => within.filter((slot) => space.get(slot)?.indices.includes(token)).length);
  const values = query.values.map((weight, i) => {
    const df = frequencies[i] ?? 0;
    return weight * Math.log((n - df + 0.5) / (df + 0.5) + 1);
  });
  return { indices: query.indices, values };
}

/**
 * Calls `visit` with the rank of each point that has the vector: its similarity, negated where the distance makes smaller better.
 *
 * A sparse query visits only points that share a token with it.
 */
export function rank(
  collection: Collection,
  name: string,
  query: QueryVector,
  among: Among,
  visit: (slot: number, rank: number) => void,
): void {
  const space = collection.spaces.get(name);
  if (space === undefined) return;
  if (space.kind === 'sparse') {
    if (query.kind !== 'sparse') return;
    const allowed = among === null ? null : new Set(among);
    space.score(query.vector, (slot, score) => {
      if (allowed === null || allowed.has(slot)) visit(slot, score);
    });
    return;
  }
  const sign = largerIsBetter(space.distance) ? 1 : -1;
  if (space.kind === 'multi') {
    if (query.kind !== 'multi') return;
    const one = (slot: number): void => {
      if (space.has(slot)) visit(slot, maxSim(space.distance, query.rows, space.get(slot)));
    };
    if (among !== null) for (const slot of among) one(slot);
    else for (let slot = 0; slot < collection.slots.capacity(); slot += 1) one(slot);
    return;
  }
  if (query.kind !== 'dense') return;
  const list = among === null ? null : space.having(among);
  const scores = space.matrix.score(kernelOf(space.distance), query.data, list ?? space.extent());
  for (let i = 0; i < scores.length; i += 1) {
    const slot = list === null ? i : list[i]!;
    if (list !== null || space.has(slot)) visit(slot, sign * scores[i]!);
  }
}

/** Whether the best score of a space is its greatest. */
export function isLargerBetter(space: Space): boolean {
  return space.kind === 'sparse' || largerIsBetter(space.distance);
}

/** The `limit` nearest points with their scores as an answer shows them; `threshold` is strict. */
export function nearest(
  collection: Collection,
  name: string,
  query: QueryVector,
  among: Among,
  limit: number,
  threshold: number | null,
): Hit[] {
  const space = collection.spaces.get(name);
  if (space === undefined) return [];
  const sign = isLargerBetter(space) ? 1 : -1;
  const top = best(limit);
  const least = threshold === null ? -Infinity : sign * threshold;
  const narrowed =
    space.kind === 'dense' && query.kind === 'dense'
      ? space.narrowed(query.data, limit, among === null ? null : space.having(among))
      : null;
  rank(collection, name, query, narrowed ?? among, (slot, score) => {
    if (score > least || threshold === null) top.push(slot, score);
  });
  return top.take().map(({ slot, score }) => ({ slot, score: sign * score }));
}
