import * as z from 'zod';
import { collectionName, metadata } from '../_kernel/http/fields.ts';
import { DOCUMENTS_PAGE_DEFAULT, DOCUMENTS_PAGE_MAX } from '../_kernel/limits.ts';

/** Body of `POST /collections`. */
export const createRequest = z.strictObject({
  name: collectionName,
  description: z.string().max(1024, { error: 'has more than 1024 characters' }).optional(),
});
export type CreateRequest = z.infer<typeof createRequest>;

/** The collection's name in a path. */
export const collectionPath = z.object({ name: collectionName });

/** What decides how the collection's texts became vectors. */
export const fingerprint = z.object({
  model: z.string(),
  digest: z.string().nullable(),
  dimension: z.number(),
  queryPrefix: z.string(),
  documentPrefix: z.string(),
  chunker: z.string(),
  chunkChars: z.number(),
  analyser: z.string(),
});

export const collectionResponse = z.object({
  name: z.string(),
  description: z.string().nullable(),
  documents: z.number(),
  chunks: z.number(),
  fingerprint,
  /** `green` serves, `yellow` is being optimised, `red` has failed. */
  state: z.string(),
  createdAt: z.string(),
});
export type CollectionResponse = z.infer<typeof collectionResponse>;
export const collectionListResponse = z.object({ collections: z.array(collectionResponse) });

const limit = { error: `must be a whole number from 1 to ${DOCUMENTS_PAGE_MAX}` };
/** Query string of `GET /collections/{name}/documents`. */
export const documentsParameters = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, limit)
    .transform(Number)
    .refine((value) => value >= 1 && value <= DOCUMENTS_PAGE_MAX, limit)
    .default(DOCUMENTS_PAGE_DEFAULT),
  cursor: z.uuid({ error: 'must be the nextCursor of the page before' }).optional(),
});

export const documentSummary = z.object({
  id: z.string(),
  title: z.string().nullable(),
  url: z.string().nullable(),
  contentType: z.string(),
  metadata,
  chunks: z.number(),
  characters: z.number(),
  version: z.string(),
  updatedAt: z.string(),
});
export type DocumentSummary = z.infer<typeof documentSummary>;
export const documentListResponse = z.object({ documents: z.array(documentSummary), nextCursor: z.string().nullable() });
export const documentResponse = documentSummary.extend({ text: z.string() });
export const documentDeletedResponse = z.object({ chunksDeleted: z.number() });
