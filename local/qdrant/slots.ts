import type { PointId } from './ids.ts';
import type { JsonObject } from './json.ts';
import { type IdOrder, idOrder } from './order.ts';

/** The table of points: each lives in a numbered slot, and what was freed is used again. */
export type Slots = {
  slotOf(id: PointId): number | undefined;
  idAt(slot: number): PointId;
  payloadAt(slot: number): JsonObject;
  versionAt(slot: number): number;
  isLive(slot: number): boolean;
  put(slot: number, id: PointId, version: number, payload: JsonObject): void;
  setPayload(slot: number, version: number, payload: JsonObject): void;
  remove(slot: number): void;
  /** Slots for `count` new points, freed ones first. */
  allocate(count: number): number[];
  /** Gives back slots that were allocated for nothing. */
  release(slots: readonly number[]): void;
  /** Ids in Qdrant's order. */
  ordered(): readonly PointId[];
  count(): number;
  /** One more than the highest slot ever used. */
  capacity(): number;
};

const NONE: JsonObject = {};

/** An empty table. */
export function slotTable(): Slots {
  const slotById = new Map<PointId, number>();
  const ids: (PointId | undefined)[] = [];
  const payloads: JsonObject[] = [];
  const versions: number[] = [];
  const free: number[] = [];
  const order: IdOrder = idOrder();
  return {
    slotOf: (id) => slotById.get(id),
    idAt: (slot) => ids[slot] ?? 0,
    payloadAt: (slot) => payloads[slot] ?? NONE,
    versionAt: (slot) => versions[slot] ?? 0,
    isLive: (slot) => ids[slot] !== undefined,
    put: (slot, id, version, payload) => {
      while (ids.length < slot) {
        free.push(ids.length);
        ids.push(undefined);
      }
      if (ids[slot] === undefined) order.add(id);
      slotById.set(id, slot);
      ids[slot] = id;
      payloads[slot] = payload;
      versions[slot] = version;
    },
    setPayload: (slot, version, payload) => {
      payloads[slot] = payload;
      versions[slot] = version;
    },
    remove: (slot) => {
      const id = ids[slot];
      if (id === undefined) return;
      slotById.delete(id);
      ids[slot] = undefined;
      payloads[slot] = NONE;
      free.push(slot);
      order.removed();
    },
    allocate: (count) => {
      const slots = free.splice(Math.max(0, free.length - count)).toSorted((a, b) => a - b);
      for (let next = ids.length; slots.length < count; next += 1) {
        slots.push(next);
        ids.push(undefined);
      }
      return slots;
    },
    release: (slots) => void free.push(...slots),
    ordered: () => order.ids((id) => slotById.has(id)),
    count: () => slotById.size,
    capacity: () => ids.length,
  };
}
