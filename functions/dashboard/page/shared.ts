import { createSessionStore } from './store.ts';
import { session } from './session.ts';
import type { Collection } from './types.ts';

/** The collection that every view speaks of. */
export const chosen = createSessionStore('default');
export const collections = createSessionStore<Collection[] | null>(null);
/** Names under which a collection is to begin with its first document. */
export const begun = createSessionStore<readonly string[]>([]);

/** Chooses a collection that there may not be yet. */
export function beginCollection(name: string): void {
  if (collections.get()?.some((one) => one.name === name) !== true) begun.set((names) => [...new Set([...names, name])]);
  chosen.set(name);
}

/** Asks for the collections anew; while that fails, the ones that are known stay. */
export async function refreshCollections(): Promise<void> {
  const current = session.get();
  if (current === null) return;
  const found = (await current.client.collections.list()).collections;
  const isThere = (name: string) => found.some((one) => one.name === name);
  begun.set((names) => names.filter((name) => !isThere(name)));
  collections.set(found);
  const name = chosen.get();
  if (!isThere(name) && !begun.get().includes(name) && found[0] !== undefined) chosen.set(found[0].name);
}

/** A passage of a document that is open beside what cites it. */
export type Opened = { collection: string; documentId: string; start: number; end: number; quote: string | null };
export const opened = createSessionStore<Opened | null>(null);

let opener: Element | null = null;
/** Opens a document at a passage. */
export function openDocument(at: Opened): void {
  if (opened.get() === null) opener = document.activeElement;
  opened.set(at);
}
export function closeDocument(): void {
  opened.set(null);
}
/** Gives the focus back to what opened the document that is closed now. */
export function returnFocus(): void {
  if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
}
