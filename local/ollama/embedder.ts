import { analyse } from '../../functions/_kernel/retrieval/analyse.ts';
import { murmur3 } from '../../functions/_kernel/retrieval/murmur3.ts';

export const EMBEDDING_LENGTH = 768;

/** What a family of tokens says of a text: a shared stem more than a shared pair, a shared pair more than a shared 4-gram. */
const FAMILY_WEIGHT = { stems: 1, bigrams: 0.5, grams: 0.25 } as const;

/** No model answers the zero vector, not even for a text of function words only; too small to move a cosine. */
const BIAS = 0.01;

/**
 * A text as 768 numbers without a trained model: its stems, stem pairs and character 4-grams, hashed with a sign.
 *
 * Deterministic; a lossy copy of the lexical signal, so that the dense path runs where there are no weights. Not normalised.
 * Source: feature hashing, Weinberger et al. 2009; sublinear term frequency, Manning et al. 2008, section 6.4.1.
 */
export function emulatedEmbedding(text: string): Float64Array {
  const analysis = analyse(text);
  const vector = new Float64Array(EMBEDDING_LENGTH);
  vector[0] = BIAS;
  for (const family of ['stems', 'bigrams', 'grams'] as const) {
    const counts = new Map<string, number>();
    for (const token of analysis[family]) counts.set(token, (counts.get(token) ?? 0) + 1);
    for (const [token, count] of counts) {
      const hash = murmur3(token, family.length);
      const at = hash % EMBEDDING_LENGTH;
      const sign = hash & 0x80000000 ? -1 : 1;
      vector[at] = (vector[at] ?? 0) + sign * FAMILY_WEIGHT[family] * (1 + Math.log(count));
    }
  }
  return vector;
}

/** The first `dimensions` of a vector with length one; a zero vector stays as it is. */
export function normalised(vector: Float64Array, dimensions: number = vector.length): number[] {
  const kept = vector.subarray(0, dimensions);
  const length = Math.hypot(...kept);
  return Array.from(kept, (value) => Math.fround(length > 0 ? value / length : 0));
}
