import type { Job } from '../types.ts';

type Refusal = Job['failures'][number];

/** The end of a document's name, by which it is read; null when it has none, as a text has that was not sent as a file. */
export function extensionOf(id: string): string | null {
  return /\.[^./\\]+$/.exec(id)?.[0].toLowerCase() ?? null;
}

/**
 * A file as what takes the place of a document: the same document is the one that has the same name, and a name says how it is read, so
 * that a file of another kind is refused.
 */
export function replaced(id: string, file: File): { instead: File; refusal: null } | { instead: null; refusal: Refusal } {
  const wanted = extensionOf(id);
  if (wanted !== null && extensionOf(file.name) === wanted) return { instead: new File([file], id, { type: file.type }), refusal: null };
  const detail = `It would be read as ${wanted ?? 'something else'}, and ${file.name} is not. Delete it, then add the other file.`;
  return { instead: null, refusal: { documentId: id, code: 'media_type_unsupported', detail } };
}
