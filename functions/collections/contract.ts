import * as z from 'zod/mini';
import { collectionName, metadata } from '../_kernel/http/fields.ts';
import { DOCUMENTS_PAGE_DEFAULT, DOCUMENTS_PAGE_MAX } from '../_kernel/limits.ts';
import { shortText, wholeNumberText } from '../_kernel/schema.ts';

/** Body of `POST /collections`. */
export const createRequest = z.strictObject({
  name: collectionName,
  description: z.optional(shortText(1024)),
});
export type CreateRequest = z.infer<typeof createRequest>;

/** The collection's name in a path. */
export const collectionPath = z.object({ name: collectionName });

/** What decides how the collection's texts became vectors. */
export const fingerprint = z.object({
  model: z.string(),
  digest: z.nullable(z.string()),
  dimension: z.number(),
  queryPrefix: z.string(),
  documentPrefix: z.string(),
  chunker: z.string(),
  chunkChars: z.number(),
  analyser: z.string(),
});

export const collectionResponse = z.object({
  name: z.string(),
  description: z.nullable(z.string()),
  documents: z.number(),
  chunks: z.number(),
  fingerprint,
  /** `green` serves, `yellow` is being optimised, `red` has failed. */
  state: z.string(),
  createdAt: z.string(),
});
export type CollectionResponse = z.infer<typeof collectionResponse>;
export const collectionListResponse = z.object({ collections: z.array(collectionResponse) });

/** Query string of `GET /collections/{name}/documents`. */
export const documentsParameters = z.strictObject({
  limit: z._default(wholeNumberText(1, DOCUMENTS_PAGE_MAX), DOCUMENTS_PAGE_DEFAULT),
  cursor: z.optional(z.uuid({ error: 'must be the nextCursor of the page before' })),
});

export const documentSummary = z.object({
  id: z.string(),
  title: z.nullable(z.string()),
  url: z.nullable(z.string()),
  contentType: z.string(),
  metadata,
  chunks: z.number(),
  characters: z.number(),
  version: z.string(),
  updatedAt: z.string(),
});
export type DocumentSummary = z.infer<typeof documentSummary>;
export const documentListResponse = z.object({ documents: z.array(documentSummary), nextCursor: z.nullable(z.string()) });
export const documentResponse = z.extend(documentSummary, { text: z.string() });
export const documentDeletedResponse = z.object({ chunksDeleted: z.number() });
