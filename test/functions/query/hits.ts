import type { Hit } from '../../../functions/_kernel/http/fields.ts';

/** A hit as search gives it; of a document of its own that holds nothing else, unless told otherwise. */
export function hitOf(chunkId: string, text: string, rest: Partial<Hit> = {}): Hit {
  return {
    chunkId,
    documentId: chunkId,
    title: null,
    url: null,
    text,
    span: { start: 0, end: text.length },
    scores: { dense: null, sparse: 1, fused: 0.5 },
    metadata: {},
    ...rest,
  };
}
