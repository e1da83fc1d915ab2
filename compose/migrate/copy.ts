import type { Schemas } from '@qdrant/js-client-rest';
import { UPSERT_BATCH_BYTES } from '../../functions/_kernel/limits.ts';
import { MigrationError, type Ask } from './ask.ts';

type Point = Schemas['PointStruct'];

/**
 * How far a copy has come: written down after every page that the target acknowledged.
 *
 * `source` is what the source was when the copy began (`stateOf`); `made`: this migration made the collection, and may make it anew.
 */
export type Mark = { cursor: string | number | null; copied: number; complete: boolean; source: string; made: boolean };
export const BEGINNING: Mark = { cursor: null, copied: 0, complete: false, source: '', made: false };

const PAGE_POINTS_FIRST = 64;
const PAGE_POINTS_MAX = 256;
/** A page is held whole, as text and as objects; a document's record may be 8 million characters long. */
const PAGE_BYTES = 67_108_864;
/** How much of the largest point lately seen is expected of the next page. */
const MEMORY = 0.9;

/** Cuts a page so that no request is longer than Qdrant takes. @param sizes bytes of each point. */
function requests(points: readonly Point[], sizes: readonly number[]): Point[][] {
  const result: Point[][] = [];
  let bytes = Infinity;
  for (const [i, point] of points.entries()) {
    const size = sizes[i]!;
    if (bytes + size > UPSERT_BATCH_BYTES) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)!.push(point);
    bytes += size;
  }
  return result;
}

/**
 * Copies a collection's points with their vectors and payloads from a mark on, in the order of their ids.
 *
 * A page is written and acknowledged (`wait=true`) before its mark is kept, so a copy that was cut off repeats a page at most, and
 * repeating one changes nothing. @param rate points a second at most.
 */
export async function copyPoints(options: {
  source: Ask;
  target: Ask;
  name: string;
  from: Mark;
  rate: number;
  keep(mark: Mark): void;
  clock(): number;
  sleep(ms: number): Promise<void>;
}): Promise<Mark> {
  const { source, target, name, rate, keep, clock, sleep } = options;
  let mark = options.from;
  const begun = clock();
  const before = mark.copied;
  let limit = PAGE_POINTS_FIRST;
  let largest = 1;
  while (!mark.complete) {
    const { cursor } = mark;
    const { points, next_page_offset } = await source((api, init) =>
      api.scrollPoints(
        { collection_name: name, limit, ...(cursor !== null && { offset: cursor }), with_payload: true, with_vector: true },
        init,
      ),
    );
    const unsafe = points.find(({ id }) => typeof id === 'number' && !Number.isSafeInteger(id));
    if (unsafe !== undefined)
      throw new MigrationError(`${name} has a point whose numeric id is above 2^53, which JSON does not carry exactly; use a snapshot.`);
    const structs = points.map(({ id, vector, payload }) => ({ id, vector: vector ?? {}, payload: payload ?? {} }) as Point);
    const sizes = structs.map((point) => Buffer.byteLength(JSON.stringify(point)));
    largest = Math.max(largest * MEMORY, ...sizes);
    limit = Math.min(PAGE_POINTS_MAX, Math.max(1, Math.floor(PAGE_BYTES / largest)));
    for (const batch of requests(structs, sizes))
      await target((api, init) => api.upsertPoints({ collection_name: name, wait: true, points: batch }, init));
    const next = typeof next_page_offset === 'string' || typeof next_page_offset === 'number' ? next_page_offset : null;
    mark = { ...mark, cursor: next, copied: mark.copied + points.length, complete: next === null };
    keep(mark);
    const aheadMs = ((mark.copied - before) / rate) * 1000 - (clock() - begun);
    if (aheadMs > 0 && !mark.complete) await sleep(aheadMs);
  }
  return mark;
}
