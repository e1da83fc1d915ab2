// Documents as resources: rag://<collection>/<document>, with #<start>-<end> for a part of the stored text.

/** The template that `resources/templates/list` shows (RFC 6570). */
export const DOCUMENT_TEMPLATE = 'rag://{collection}/{document}';

/** A part of a document's stored text, in UTF-16 code units; all of it without `span`. */
export type Place = { collection: string; documentId: string; span: { start: number; end: number } | null };

/** The URI of a document or of a part of one. */
export function uriOf({ collection, documentId, span }: Place): string {
  const part = span === null ? '' : `#${span.start}-${span.end}`;
  return `rag://${collection}/${encodeURIComponent(documentId)}${part}`;
}

/** What a URI names; null when it is none of ours. */
export function placeOf(uri: string): Place | null {
  const [, collection, id, start, end] = /^rag:\/\/([^/#]+)\/([^/#]+)(?:#(\d{1,15})-(\d{1,15}))?$/.exec(uri) ?? [];
  if (collection === undefined || id === undefined) return null;
  try {
    const span = start === undefined ? null : { start: Number(start), end: Number(end) };
    return { collection, documentId: decodeURIComponent(id), span };
  } catch {
    return null; // a percent sign that encodes nothing
  }
}
