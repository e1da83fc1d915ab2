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
  /** Slots for `count` new points; `isBusy` holds back freed ones. */
  allocate(count: number, isBusy: (slot: number) => boolean): number[];
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
    allocate: (count, isBusy) => {
      const slots: number[] = [];
      for (let i = free.length - 1; i >= 0 && slots.length < count; i -= 1) {
        const slot = free[i]!;
        if (isBusy(slot)) continue;
        slots.push(slot);
        free.splice(i, 1);
      }
      for (let next = ids.length; slots.length < count; next += 1) {
        slots.push(next);
        ids.push(undefined);
      }
      return slots;
    },
    ordered: () => order.ids((id) => slotById.has(id)),
    count: () => slotById.size,
    capacity: () => ids.length,
  };
}
