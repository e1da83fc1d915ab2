import type { Collection } from '../collection.ts';
import type { SpaceConfig } from '../config.ts';
import { badInput } from '../errors.ts';
import { preprocess } from '../vectors/dense.ts';
import { spaceOf } from '../vectors/parse.ts';
import { best, type Hit } from '../vectors/top.ts';
import type { RecommendStrategy } from './parse.ts';
import { type Among, nearest, type QueryVector, rank } from './score.ts';

/** x / (1 + |x|), and the same to the range 0–1 (`common/math.rs`). */
const sigmoid = (x: number): number => x / (1 + Math.abs(x));
const scaledSigmoid = (x: number): number => 0.5 * (sigmoid(x) + 1);
const EPSILON = 1.1920929e-7;

export type VectorPair = { positive: QueryVector; negative: QueryVector };
type Scoring = { collection: Collection; name: string; among: Among; limit: number; threshold: number | null };

/** Similarities of every candidate to one example, by slot. */
function similarities({ collection, name, among }: Scoring, example: QueryVector): Map<number, number> {
  const found = new Map<number, number>();
  // Squared distances, as Qdrant's inner score of Euclid is (`spaces/simple.rs`).
  const space = collection.spaces.get(name);
  const squared = space !== undefined && space.kind === 'dense' && space.distance === 'Euclid';
  rank(collection, name, example, among, (slot, score) => void found.set(slot, squared ? -(score * score) : score));
  return found;
}

function top(scoring: Scoring, scores: Iterable<[number, number]>): Hit[] {
  const kept = best(scoring.limit);
  for (const [slot, score] of scores) {
    const rounded = Math.fround(score);
    if (scoring.threshold === null || rounded > scoring.threshold) kept.push(slot, rounded);
  }
  return kept.take();
}

/** The points that have the vector, each with its similarity to every example. */
function* compared(scoring: Scoring, examples: readonly QueryVector[]): Generator<[number, number[]]> {
  const lists = examples.map((example) => similarities(scoring, example));
  const slots = new Set(lists.flatMap((list) => [...list.keys()]));
  for (const slot of slots) yield [slot, lists.map((list) => list.get(slot) ?? 0)];
}

/** Recommendation by examples (Qdrant, "Explore": recommendation API, three strategies). */
export function recommend(
  scoring: Scoring,
  positive: readonly QueryVector[],
  negative: readonly QueryVector[],
  strategy: RecommendStrategy,
): Hit[] {
  if (strategy === 'average_vector') {
    if (positive.length === 0) throw badInput('At least one positive vector ID required with this strategy');
    const config = spaceOf(scoring.collection.config, scoring.name);
    // An average of normalised vectors is not normalised.
    const average = unit(config, averageVector(positive, negative));
    return nearest(scoring.collection, scoring.name, average, scoring.among, scoring.limit, scoring.threshold);
  }
  if (positive.length + negative.length === 0) throw badInput('At least one positive or negative vector ID required with this strategy');
  const scores = compared(scoring, [...positive, ...negative]);
  return top(
    scoring,
    (function* () {
      for (const [slot, all] of scores) {
        const [up, down] = [all.slice(0, positive.length), all.slice(positive.length)];
        if (strategy === 'sum_scores') yield [slot, up.reduce((a, b) => a + b, 0) - down.reduce((a, b) => a + b, 0)];
        else {
          const [like, unlike] = [Math.max(-Infinity, ...up), Math.max(-Infinity, ...down)];
          yield [slot, like > unlike ? scaledSigmoid(like) : -scaledSigmoid(unlike)];
        }
      }
    })(),
  );
}

function unit(config: SpaceConfig, vector: QueryVector): QueryVector {
  if (config.kind === 'sparse' || vector.kind === 'sparse') return vector;
  if (vector.kind === 'dense') return { kind: 'dense', data: preprocess(config.distance, vector.data) };
  return { kind: 'multi', rows: vector.rows.map((row) => preprocess(config.distance, row)) };
}

/** mean(positive) + mean(positive) − mean(negative); the mean of the positive alone when there is no negative. */
function averageVector(positive: readonly QueryVector[], negative: readonly QueryVector[]): QueryVector {
  const [first] = positive;
  if (first?.kind === 'sparse') {
    const sums = new Map<number, number>();
    const add = (vectors: readonly QueryVector[], weight: number): void => {
      for (const vector of vectors)
        if (vector.kind === 'sparse')
          for (const [i, token] of vector.vector.indices.entries())
            sums.set(token, (sums.get(token) ?? 0) + (weight * (vector.vector.values[i] ?? 0)) / vectors.length);
    };
    add(positive, negative.length > 0 ? 2 : 1);
    add(negative, -1);
    const sorted = [...sums].toSorted((a, b) => a[0] - b[0]);
    return {
      kind: 'sparse',
      vector: { indices: Uint32Array.from(sorted, ([token]) => token), values: Float32Array.from(sorted, ([, value]) => value) },
    };
  }
  if (first?.kind === 'multi') {
    const rows = (vectors: readonly QueryVector[]): Float32Array[] =>
      vectors.flatMap((vector) => (vector.kind === 'multi' ? vector.rows : []));
    return { kind: 'multi', rows: [...rows(positive), ...rows(negative).map((row) => row.map((x) => -x))] };
  }
  const mean = (vectors: readonly QueryVector[], dim: number): Float32Array => {
    const sum = new Float32Array(dim);
    for (const vector of vectors)
      if (vector.kind === 'dense') for (const [i, x] of vector.data.entries()) sum[i] = (sum[i] ?? 0) + x / vectors.length;
    return sum;
  };
  const dim = first?.kind === 'dense' ? first.data.length : 0;
  const liked = mean(positive, dim);
  if (negative.length === 0) return { kind: 'dense', data: liked };
  const disliked = mean(negative, dim);
  return { kind: 'dense', data: liked.map((x, i) => x + x - (disliked[i] ?? 0)) };
}

/** Discovery: first by how many pairs a point is on the right side of, then by likeness to the target (Qdrant, "Explore"). */
export function discover(scoring: Scoring, target: QueryVector, pairs: readonly VectorPair[]): Hit[] {
  const scores = compared(scoring, [target, ...pairs.flatMap(({ positive, negative }) => [positive, negative])]);
  return top(
    scoring,
    (function* () {
      for (const [slot, [likeness = 0, ...sides]] of scores) {
        let place = 0;
        for (let i = 0; i < sides.length; i += 2) place += Math.sign((sides[i] ?? 0) - (sides[i + 1] ?? 0));
        yield [slot, place + scaledSigmoid(likeness)];
      }
    })(),
  );
}

/** Context search: the sum of how far a point is on the wrong side of each pair; 0 is best (`context_query.rs`). */
export function context(scoring: Scoring, pairs: readonly VectorPair[]): Hit[] {
  const scores = compared(
    scoring,
    pairs.flatMap(({ positive, negative }) => [positive, negative]),
  );
  return top(
    scoring,
    (function* () {
      for (const [slot, sides] of scores) {
        let loss = 0;
        for (let i = 0; i < sides.length; i += 2) loss += sigmoid(Math.min((sides[i] ?? 0) - (sides[i + 1] ?? 0) - EPSILON, 0));
        yield [slot, loss];
      }
    })(),
  );
}
