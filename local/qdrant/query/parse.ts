import { badFormat, badRequest, invalid, notInStandIn } from '../errors.ts';
import { type Filter, parseFilter } from '../filter/parse.ts';
import { type PointId, pointId } from '../ids.ts';
import { infer, isInference } from '../inference.ts';
import { array, countOr, isObject, type Json, type JsonObject, number, numberOr, object, oneOrMany, required, stringOr } from '../json.ts';
import { floats, sparse } from '../vectors/parse.ts';
import type { SparseVector } from '../vectors/sparse.ts';
import { type OrderBy, parseOrderBy } from './order-by.ts';

/** A vector as a query names it: by value, or by the id of a point that has it. */
export type VectorInput =
  | { kind: 'dense'; data: Float32Array }
  | { kind: 'multi'; rows: Float32Array[] }
  | { kind: 'sparse'; vector: SparseVector }
  | { kind: 'id'; id: PointId };
export type Pair = { positive: VectorInput; negative: VectorInput };
export type RecommendStrategy = 'average_vector' | 'best_score' | 'sum_scores';
export type Query =
  | { kind: 'nearest'; vector: VectorInput; mmr: { diversity: number; candidates: number | null } | null }
  | { kind: 'recommend'; positive: VectorInput[]; negative: VectorInput[]; strategy: RecommendStrategy }
  | { kind: 'discover'; target: VectorInput; pairs: Pair[] }
  | { kind: 'context'; pairs: Pair[] }
  | { kind: 'order_by'; by: OrderBy }
  | { kind: 'rrf'; k: number; weights: number[] | null }
  | { kind: 'dbsf' }
  | { kind: 'sample' };
export type Stage = {
  prefetch: Stage[];
  query: Query | null;
  using: string;
  filter: Filter | null;
  threshold: number | null;
  limit: number;
  lookup: { collection: string; vector: string | null } | null;
  params: JsonObject;
};

/** Default of `limit` (Qdrant, "Hybrid queries"). */
const LIMIT = 10;
/** Default of RRF's k (`reciprocal_rank_fusion.rs`). */
export const RRF_K = 2;

/** A query or one of its prefetches; 400 on a wrong shape, 422 on a value out of range. */
export function parseStage(value: Json): Stage {
  const from = object(value, 'QueryRequest');
  const params = isObject(from['params']) ? from['params'] : {};
  countOr(params['hnsw_ef'], 'params.hnsw_ef', null, 1);
  const lookup = isObject(from['lookup_from']) ? from['lookup_from'] : null;
  const query = parseQuery(from['query']);
  const using = stringOr(from['using'], 'using', '');
  const threshold = numberOr(from['score_threshold'], 'score_threshold', null);
  if (threshold !== null && query === null)
    throw badRequest("A query is needed to use the score_threshold. Can't have score_threshold without defining a query.");
  if (threshold !== null && query?.kind === 'order_by') throw badRequest("Can't use score_threshold with an order_by query.");
  return {
    prefetch: oneOrMany(from['prefetch']).map((stage) => parseStage(stage)),
    query,
    using,
    filter: parseFilter(from['filter']),
    threshold,
    limit: countOr(from['limit'], 'internal.limit', LIMIT, 1),
    lookup:
      lookup === null
        ? null
        : { collection: stringOr(lookup['collection'], 'collection', ''), vector: stringOr(lookup['vector'], 'vector', null) },
    params,
  };
}

/** A vector by value, by id, or as what a model makes of a text (`{text, model}`: BM25 alone, there being no inference service). */
export function parseVectorInput(value: Json): VectorInput {
  if (typeof value === 'number' || typeof value === 'string') return { kind: 'id', id: pointId(value) };
  if (Array.isArray(value)) {
    if (Array.isArray(value[0])) return { kind: 'multi', rows: value.map((row) => floats(row)) };
    return { kind: 'dense', data: floats(value) };
  }
  if (isInference(value)) return { kind: 'sparse', vector: infer(value, 'query') };
  if (isObject(value) && 'indices' in value) return { kind: 'sparse', vector: sparse(value) };
  throw badFormat('data did not match any variant of untagged enum VectorInput');
}

function parseQuery(value: Json | undefined): Query | null {
  if (value === undefined || value === null) return null;
  if (!isObject(value) || 'indices' in value || isInference(value)) return { kind: 'nearest', vector: parseVectorInput(value), mmr: null };
  if ('nearest' in value) return { kind: 'nearest', vector: parseVectorInput(required(value, 'nearest')), mmr: parseMmr(value['mmr']) };
  if (isObject(value['recommend'])) {
    const { positive, negative, strategy = 'average_vector' } = value['recommend'];
    if (strategy !== null && strategy !== 'average_vector' && strategy !== 'best_score' && strategy !== 'sum_scores')
      throw badFormat(
        `unknown variant \`${JSON.stringify(strategy)}\`, expected one of \`average_vector\`, \`best_score\`, \`sum_scores\``,
      );
    if (oneOrManyInputs(positive).length + oneOrManyInputs(negative).length === 0)
      throw invalid('query.recommend', 'at least one positive or negative example is required');
    return {
      kind: 'recommend',
      positive: oneOrManyInputs(positive),
      negative: oneOrManyInputs(negative),
      strategy: strategy ?? 'average_vector',
    };
  }
  if (isObject(value['discover'])) {
    const from = value['discover'];
    return {
      kind: 'discover',
      target: parseVectorInput(required(from, 'target')),
      pairs: oneOrMany(required(from, 'context')).map(parsePair),
    };
  }
  if ('context' in value) return { kind: 'context', pairs: oneOrMany(value['context']).map(parsePair) };
  if ('order_by' in value) return { kind: 'order_by', by: parseOrderBy(required(value, 'order_by')) };
  if (value['fusion'] === 'rrf') return { kind: 'rrf', k: RRF_K, weights: null };
  if (value['fusion'] === 'dbsf') return { kind: 'dbsf' };
  if (isObject(value['rrf'])) {
    const weights = value['rrf']['weights'];
    return {
      kind: 'rrf',
      k: countOr(value['rrf']['k'], 'query.rrf.k', RRF_K, 1),
      weights: Array.isArray(weights) ? weights.map((weight) => number(weight, 'weights')) : null,
    };
  }
  if ('formula' in value) throw notInStandIn('scoring by a formula');
  if (isObject(value['relevance_feedback'])) throw notInStandIn('relevance feedback');
  if (value['sample'] === 'random') return { kind: 'sample' };
  throw badFormat('data did not match any variant of untagged enum QueryInterface');
}

function oneOrManyInputs(value: Json | undefined): VectorInput[] {
  return value === undefined || value === null ? [] : array(value, 'recommend').map(parseVectorInput);
}

function parseMmr(value: Json | undefined): { diversity: number; candidates: number | null } | null {
  if (!isObject(value)) return null;
  const diversity = numberOr(value['diversity'], 'diversity', 0.5);
  if (diversity < 0 || diversity > 1) throw invalid('query.mmr.diversity', `value ${diversity} invalid, must be from 0.0 to 1.0`);
  const candidates = countOr(value['candidates_limit'], 'candidates_limit', null);
  if (candidates !== null && candidates > 16_384)
    throw invalid('query.mmr.candidates_limit', `value ${candidates} invalid, must be 16384 or smaller`);
  return { diversity, candidates };
}

function parsePair(value: Json): Pair {
  const from = object(value, 'ContextPair');
  return { positive: parseVectorInput(required(from, 'positive')), negative: parseVectorInput(required(from, 'negative')) };
}
