/** How a declarative file names another entity: its name or id as text, or an object with one of them. */
export type Reference = string | { id: string } | { name: string } | null | undefined;

/** Whether a reference means this entity. */
export function refersTo(reference: Reference, entity: { id: string; name?: string | null; username?: string | null }): boolean {
  if (reference === null || reference === undefined) return false;
  const wanted = typeof reference === 'string' ? reference : 'id' in reference ? reference.id : reference.name;
  return wanted === entity.id || wanted === entity.name || wanted === entity.username;
}

/** A reference as text, for an error. */
export function referenceText(reference: Reference): string {
  return typeof reference === 'string' ? reference : JSON.stringify(reference);
}
