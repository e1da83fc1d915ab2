import type { Schemas } from '@qdrant/js-client-rest';
import type { Ask } from './ask.ts';

type Id = Schemas['ExtendedPointId'];

/** Ids alone are small: a page is some tens of kilobytes. */
const PAGE_IDS = 1_000;

/** Every id of a collection in Qdrant's order. */
async function* idsOf(ask: Ask, name: string): AsyncGenerator<Id> {
  const bare = { collection_name: name, limit: PAGE_IDS, with_payload: false, with_vector: false };
  for (let offset: Id | null = null; ;) {
    const from: { offset?: Id } = offset === null ? {} : { offset };
    const { points, next_page_offset: next }: Schemas['ScrollResult'] = await ask((api, init) =>
      api.scrollPoints({ ...bare, ...from }, init),
    );
    for (const { id } of points) yield id;
    if (typeof next !== 'string' && typeof next !== 'number') return;
    offset = next;
  }
}

/** Qdrant's order: numbers before UUIDs. */
function compare(a: Id, b: Id): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Points that only one side has: how many, and the first of each. */
export type Apart = { missing: number; surplus: number; firstMissing: Id | null; firstSurplus: Id | null };

/** Compares the ids of two copies of a collection by walking through both at once; neither is ever held whole. */
export async function compareIds(source: Ask, target: Ask, name: string): Promise<Apart> {
  const [there, here] = [idsOf(source, name), idsOf(target, name)];
  const apart: Apart = { missing: 0, surplus: 0, firstMissing: null, firstSurplus: null };
  let [a, b] = await Promise.all([there.next(), here.next()]);
  while (a.done !== true || b.done !== true) {
    const order = a.done === true ? 1 : b.done === true ? -1 : compare(a.value, b.value);
    if (order < 0) {
      apart.missing++;
      apart.firstMissing ??= a.value as Id;
    } else if (order > 0) {
      apart.surplus++;
      apart.firstSurplus ??= b.value as Id;
    }
    if (order <= 0) a = await there.next();
    if (order >= 0) b = await here.next();
  }
  return apart;
}
