import type { Schemas } from '@qdrant/js-client-rest';
import { UPSERT_BATCH_BYTES } from '../../functions/_kernel/limits.ts';
import { MigrationError, type Ask } from './ask.ts';

type Point = Schemas['PointStruct'];

/** How far a copy has come: written down after every page that the target acknowledged. */
export type Mark = { cursor: string | number | null; copied: number; complete: boolean };
export const BEGINNING: Mark = { cursor: null, copied: 0, complete: false };

const PAGE_POINTS = 256;

/** Cuts a page so that no request is longer than Qdrant takes. */
function requests(points: readonly Point[]): Point[][] {
  const result: Point[][] = [];
  let bytes = Infinity;
  for (const point of points) {
    const size = Buffer.byteLength(JSON.stringify(point));
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
  while (!mark.complete) {
    const { cursor } = mark;
    const { points, next_page_offset } = await source((api, init) =>
      api.scrollPoints(
        { collection_name: name, limit: PAGE_POINTS, ...(cursor !== null && { offset: cursor }), with_payload: true, with_vector: true },
        init,
      ),
    );
    const unsafe = points.find(({ id }) => typeof id === 'number' && !Number.isSafeInteger(id));
    if (unsafe !== undefined)
      throw new MigrationError(`${name} has a point whose numeric id is above 2^53, which JSON does not carry exactly; use a snapshot.`);
    const structs = points.map(({ id, vector, payload }) => ({ id, vector: vector ?? {}, payload: payload ?? {} }) as Point);
    for (const batch of requests(structs))
      await target((api, init) => api.upsertPoints({ collection_name: name, wait: true, points: batch }, init));
    const next = typeof next_page_offset === 'string' || typeof next_page_offset === 'number' ? next_page_offset : null;
    mark = { cursor: next, copied: mark.copied + points.length, complete: next === null };
    keep(mark);
    const aheadMs = ((mark.copied - before) / rate) * 1000 - (clock() - begun);
    if (aheadMs > 0 && !mark.complete) await sleep(aheadMs);
  }
  return mark;
}
