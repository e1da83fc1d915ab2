import { isDeepStrictEqual } from 'node:util';
import type { Schemas } from '@qdrant/js-client-rest';
import { MigrationError, type Ask } from './ask.ts';
import { define, stateOf, type Definition } from './definition.ts';
import { compareIds } from './ids.ts';

/** Points whose vectors and payloads are compared, and of these how many are searched with. */
const SAMPLED = 100;
const SEARCHED = 20;
const TOP = 10;
/** Cosine vectors are normalised again where they arrive: the last digits of a 32-bit float may differ. */
const TOLERANCE = 1e-4;

export type Verified = { points: number; sampled: number; searches: number };
type Stored = { id: string | number; vector?: unknown; payload?: unknown };

const close = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a));

/** Whether two vectors, dense, sparse, multi or several by name, are the same but for rounding. */
function sameVector(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return close(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => sameVector(one, b[i]));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => sameVector(value, right.get(key)));
}

const isDense = (vector: unknown): vector is number[] => Array.isArray(vector) && typeof vector[0] === 'number';

/** The dense vectors of a point by name; the empty name is the only, unnamed one. */
function denseOf(vector: unknown): [name: string, vector: number[]][] {
  if (isDense(vector)) return [['', vector]];
  return Object.entries(vector ?? {}).filter((entry): entry is [string, number[]] => isDense(entry[1]));
}

async function sample(source: Ask, { name, points, creation }: Definition): Promise<Stored[]> {
  if (points === 0) return [];
  const whole = { collection_name: name, limit: SAMPLED, with_payload: true, with_vector: true };
  if (Object.keys(creation.vectors ?? {}).length === 0) return (await source((api, init) => api.scrollPoints(whole, init))).points;
  return (await source((api, init) => api.queryPoints({ ...whole, query: { sample: 'random' } }, init))).points;
}

async function top(
  ask: Ask,
  collection: string,
  using: string,
  query: number[],
): Promise<{ id: Schemas['ExtendedPointId']; score: number }[]> {
  const how = { limit: TOP, params: { exact: true }, with_payload: false, ...(using !== '' && { using }) };
  return (await ask((api, init) => api.queryPoints({ collection_name: collection, query, ...how }, init))).points;
}

/** The same scores, and above the last of them the same points: equal scores may stand in any order. */
function sameTop(a: Awaited<ReturnType<typeof top>>, b: Awaited<ReturnType<typeof top>>): boolean {
  if (a.length !== b.length || !a.every(({ score }, i) => close(score, b[i]!.score))) return false;
  const last = a.at(-1)?.score ?? 0;
  const certain = a.filter(({ score }) => Math.abs(score - last) > TOLERANCE).map(({ id }) => id);
  const found = new Set(b.map(({ id }) => id));
  return certain.every((id) => found.has(id));
}

/**
 * Proves a copy: the same ids and metadata, the vectors and payloads of a random sample, and the ten nearest of some of them.
 *
 * Searches by weighted words are not compared: Qdrant counts their document frequencies by shard, and the target has other shards.
 * @throws MigrationError that names what differs.
 */
export async function verify(source: Ask, target: Ask, definition: Definition): Promise<Verified> {
  const { name } = definition;
  const { missing, surplus, firstMissing, firstSurplus } = await compareIds(source, target, name);
  const now = await define(source, name);
  if (stateOf(now) !== stateOf(definition))
    throw new MigrationError(
      `${name} was written to while it was copied (${definition.points} points, now ${now.points}): stop writing, run again.`,
    );
  if (missing > 0)
    throw new MigrationError(`${name}: the target lacks ${missing} of ${now.points} points, such as ${firstMissing}: run again.`);
  if (surplus > 0)
    throw new MigrationError(
      `${name}: the target has ${surplus} points that the source has not, such as ${firstSurplus}: delete the collection there, run again.`,
    );
  const { config } = await target((api, init) => api.getCollection({ collection_name: name }, init));
  if (!isDeepStrictEqual(config.metadata ?? {}, definition.creation.metadata ?? {}))
    throw new MigrationError(`${name}: the target's metadata is not the source's: is somebody writing to it?`);
  const sampled = await sample(source, definition);
  const ids = sampled.map(({ id }) => id);
  const copies: Stored[] =
    ids.length === 0
      ? []
      : await target((api, init) => api.getPoints({ collection_name: name, ids, with_payload: true, with_vector: true }, init));
  const copied = new Map(copies.map((copy) => [copy.id, copy]));
  for (const { id, vector, payload } of sampled) {
    const copy = copied.get(id);
    if (copy === undefined) throw new MigrationError(`${name}: the target lacks point ${id}.`);
    if (!isDeepStrictEqual(copy.payload ?? {}, payload ?? {})) throw new MigrationError(`${name}: the payload of point ${id} differs.`);
    if (!sameVector(vector ?? {}, copy.vector ?? {})) throw new MigrationError(`${name}: the vectors of point ${id} differ.`);
  }
  let searches = 0;
  for (const { vector } of sampled.slice(0, SEARCHED)) {
    for (const [using, query] of denseOf(vector)) {
      const [expected, found] = await Promise.all([top(source, name, using, query), top(target, name, using, query)]);
      if (!sameTop(expected, found)) throw new MigrationError(`${name}: a search finds other points in the target than in the source.`);
      searches++;
    }
  }
  return { points: now.points, sampled: sampled.length, searches };
}
