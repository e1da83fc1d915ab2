import { createStore } from './store.ts';
import { onSignOut, session } from './session.ts';
import type { Collection } from './types.ts';

/** The collection that every view speaks of. */
export const chosen = createStore('default');
export const collections = createStore<Collection[] | null>(null);

/** Asks for the collections anew; while that fails, the ones that are known stay. */
export async function refreshCollections(): Promise<void> {
  const current = session.get();
  if (current === null) return;
  const found = (await current.client.collections.list()).collections;
  if (session.get() !== current) return;
  collections.set(found);
  if (!found.some(({ name }) => name === chosen.get()) && found[0] !== undefined) chosen.set(found[0].name);
}

/** A passage of a document that is open beside what cites it. */
export type Opened = { collection: string; documentId: string; start: number; end: number; quote: string | null };
export const opened = createStore<Opened | null>(null);

let opener: Element | null = null;
/** Opens a document at a passage; what opened it has the focus again when it is closed. */
export function openDocument(at: Opened): void {
  if (opened.get() === null) opener = document.activeElement;
  opened.set(at);
}
export function closeDocument(): void {
  opened.set(null);
  if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
}

onSignOut(() => {
  collections.set(null);
  opened.set(null);
  chosen.set('default');
});
