import { v5 } from 'uuid';

const NAMESPACE = 'fd02801f-0957-4a15-a55a-c8d9606f30b5';

/** The id of an entity that declares none: derived from what names it, so that it is the same after every reload. */
export function idFor(entity: string, ...key: string[]): string {
  return v5(JSON.stringify([entity, ...key]), NAMESPACE);
}
