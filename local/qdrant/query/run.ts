import { type Collection, vectorsAt } from '../collection.ts';
import { badInput, badRequest, noPoint, notFound } from '../errors.ts';
import { type Filter, mergeFilters, parseFilter } from '../filter/parse.ts';
import type { SpaceConfig } from '../config.ts';
import type { PointId } from '../ids.ts';
import { isObject } from '../json.ts';
import { selectSlots } from '../select.ts';
import { checkFilter, checkSearchParams } from '../strict.ts';
import { spaceOf } from '../vectors/parse.ts';
import type { Hit } from '../vectors/top.ts';
import { diversify } from './diversify.ts';
import { context, discover, recommend } from './explore.ts';
import { distributionBased, reciprocalRank } from './fuse.ts';
import { orderPoints } from './order-by.ts';
import type { Query, Stage, VectorInput } from './parse.ts';
import { type Among, nearest, prepare, type QueryVector } from './score.ts';

/** A hit, and the payload value by which it was ordered. */
export type Found = Hit & { orderValue?: number };
/** What a query needs besides its collection. */
export type QueryContext = {
  collection: Collection;
  find: (name: string) => Collection;
  has: (name: string) => boolean;
  random: () => number;
};

/**
 * Runs a query with its prefetches and returns the best `limit` hits.
 *
 * A stage's filter also holds in every prefetch below it; a query over prefetches scores only what they found (Qdrant, "Hybrid queries";
 * `planned_query.rs`).
 */
export function runQuery(run: QueryContext, stage: Stage, limit: number, outer: Filter | null = null): Found[] {
  const { collection } = run;
  checkFilter(collection, stage.filter, 'retrieve');
  checkSearchParams(collection, stage.params);
  checkLookup(run, stage);
  const filter = mergeFilters(outer, stage.filter);
  const isFusion = stage.query?.kind === 'rrf' || stage.query?.kind === 'dbsf';
  const usingError = badRequest("Fusion queries cannot be combined with the 'using' field.");
  if (stage.prefetch.length === 0) {
    if (isFusion) throw stage.using === '' ? badInput('Validation failed: cannot apply Fusion without prefetches') : usingError;
    return score(run, stage, limit, filter, null);
  }
  if (stage.query === null) throw badRequest("A query is needed to merge the prefetches. Can't have prefetches without defining a query.");
  const lists = stage.prefetch.map((prefetch) => runQuery(run, prefetch, prefetch.limit, filter));
  if (isFusion && stage.using !== '') throw usingError;
  if (stage.query.kind === 'rrf' || stage.query.kind === 'dbsf') {
    const fused = stage.query.kind === 'rrf' ? reciprocalRank(lists, stage.query.k, stage.query.weights) : distributionBased(lists);
    const { threshold } = stage;
    return fused.filter(({ score: value }) => threshold === null || value >= threshold).slice(0, limit);
  }
  const among = Uint32Array.from(new Set(lists.flat().map(({ slot }) => slot))).toSorted();
  return score(run, stage, limit, filter, among);
}

function score(run: QueryContext, stage: Stage, limit: number, filter: Filter | null, prefetched: Uint32Array | null): Found[] {
  const { collection } = run;
  const { query, using, threshold } = stage;
  const among = candidates(collection, filter, prefetched);
  const slots = (): Uint32Array => among ?? selectSlots(collection, null);
  if (query === null) {
    const allowed = among === null ? null : new Set(among);
    const ids = collection.slots.ordered();
    const found: Found[] = [];
    for (let i = 0; i < ids.length && found.length < limit; i += 1) {
      const slot = collection.slots.slotOf(ids[i]!);
      if (slot !== undefined && (allowed === null || allowed.has(slot))) found.push({ slot, score: 1 });
    }
    return found;
  }
  switch (query.kind) {
    case 'rrf':
    case 'dbsf':
      throw badInput('Validation failed: cannot apply Fusion without prefetches');
    case 'sample':
      return shuffled(slots(), run.random)
        .slice(0, limit)
        .map((slot) => ({ slot, score: 1 }));
    case 'order_by':
      return orderPoints(collection, slots(), query.by)
        .slice(0, limit)
        .map(({ slot, value }) => ({ slot, score: 1, orderValue: value }));
    default: {
      const config = spaceOf(collection.config, using);
      const corpus = idfCorpus(run, stage, config);
      const vector = (input: VectorInput): QueryVector => prepare(config, collection.spaces.get(using), lookUp(run, stage, input), corpus);
      const rest = without(collection, slots, among, stage.lookup === null ? namedIds(query) : []);
      const scoring = { collection, name: using, among: rest, limit, threshold };
      if (query.kind === 'recommend') return recommend(scoring, query.positive.map(vector), query.negative.map(vector), query.strategy);
      const pairs =
        query.kind === 'nearest' ? [] : query.pairs.map((pair) => ({ positive: vector(pair.positive), negative: vector(pair.negative) }));
      if (query.kind === 'discover') return discover(scoring, vector(query.target), pairs);
      if (query.kind === 'context') return context(scoring, pairs);
      const wanted = vector(query.vector);
      if (query.mmr === null) return nearest(collection, using, wanted, rest, limit, threshold);
      const near = nearest(collection, using, wanted, rest, query.mmr.candidates ?? limit, threshold);
      return diversify(collection, using, wanted, near, query.mmr.diversity, limit);
    }
  }
}

/** 404 when the collection to look vectors up in is not there, used or not. */
function checkLookup({ has }: QueryContext, stage: Stage): void {
  if (stage.lookup !== null && !has(stage.lookup.collection)) throw notFound(`Collection ${stage.lookup.collection} not found`);
}

function candidates(collection: Collection, filter: Filter | null, prefetched: Uint32Array | null): Among {
  if (filter === null) return prefetched;
  const slots = selectSlots(collection, filter);
  if (prefetched === null) return slots;
  const allowed = new Set(slots);
  return prefetched.filter((slot) => allowed.has(slot));
}

/** The points over which IDF is counted: those of `params.idf.corpus`, or (null) all; 400 where there is no IDF to count. */
function idfCorpus({ collection }: QueryContext, stage: Stage, config: SpaceConfig): Among {
  const { idf } = stage.params;
  if (!isObject(idf) || idf['corpus'] === undefined) return null;
  if (config.kind !== 'sparse' || !config.idf) throw badInput(`\`idf\` params need a sparse vector with the \`idf\` modifier`);
  const filter = parseFilter(idf['corpus']);
  checkFilter(collection, filter, 'retrieve');
  return selectSlots(collection, filter);
}

/** The ids that a query names as examples; they are never among its hits. */
function namedIds(query: Query): PointId[] {
  const inputs: VectorInput[] =
    query.kind === 'nearest'
      ? [query.vector]
      : query.kind === 'recommend'
        ? [...query.positive, ...query.negative]
        : query.kind === 'discover'
          ? [query.target, ...query.pairs.flatMap(({ positive, negative }) => [positive, negative])]
          : query.kind === 'context'
            ? query.pairs.flatMap(({ positive, negative }) => [positive, negative])
            : [];
  return inputs.filter((input) => input.kind === 'id').map((input) => input.id);
}

function without(collection: Collection, slots: () => Uint32Array, among: Among, ids: readonly PointId[]): Among {
  if (ids.length === 0) return among;
  const named = new Set(ids.map((id) => collection.slots.slotOf(id)));
  return slots().filter((slot) => !named.has(slot));
}

/** The vector of a point that a query names: from this collection, or from `lookup_from`; 404 when the point or its vector is not there, 400 for an unknown name. */
function lookUp({ collection, find }: QueryContext, stage: Stage, input: VectorInput): QueryVector {
  if (input.kind !== 'id') return input;
  const source = stage.lookup === null ? collection : find(stage.lookup.collection);
  const name = stage.lookup?.vector ?? stage.using;
  const slot = source.slots.slotOf(input.id);
  if (slot === undefined) throw noPoint(input.id);
  spaceOf(source.config, name);
  const vector = vectorsAt(source, slot).get(name);
  if (vector === undefined) throw notFound(`Vector with name ${JSON.stringify(name)} for point not found`);
  return vector.kind === 'sparse' ? { kind: 'sparse', vector } : vector;
}

function shuffled(slots: Uint32Array, random: () => number): number[] {
  const list = [...slots];
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
