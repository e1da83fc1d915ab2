import * as z from 'zod/mini';
import { collectionName, metadata } from '../_kernel/http/fields.ts';
import { LANGUAGES } from '../_kernel/retrieval/languages.ts';
import { CHUNK_CHOSEN_MAX_CHARS, CHUNK_CHOSEN_MIN_CHARS, DOCUMENTS_PAGE_DEFAULT, DOCUMENTS_PAGE_MAX } from '../_kernel/limits.ts';
import { shortText, wholeNumber, wholeNumberText } from '../_kernel/schema.ts';

/** Body of `POST /collections`. What is left out follows the configuration, also when that changes (and the collection is reindexed). */
export const createRequest = z.strictObject({
  name: collectionName,
  description: z.optional(shortText(1024)),
  /** How long a chunk should be, in UTF-16 code units; the longest is half as much again, at most 1,200. */
  chunking: z.optional(z.strictObject({ chars: wholeNumber(CHUNK_CHOSEN_MIN_CHARS, CHUNK_CHOSEN_MAX_CHARS) })),
  /** An embedding model that Ollama has, by its name there. */
  embeddingModel: z.optional(
    z
      .string({ error: 'must be a string: the name of an embedding model' })
      .check(
        z.trim(),
        z.minLength(1, { error: 'must not be empty; leave it out to use the configured model' }),
        z.maxLength(256, { error: 'has more than 256 characters' }),
      ),
  ),
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
  /** Of the chunks it is matched by, as the first ingestion found them and a reindexing finds them anew. */
  statistics: z.object({
    /** Chunks they were taken from; 0 before the first ingestion. */
    passages: z.number(),
    /** Mean tokens of a chunk: stems, pairs of stems, character 4-grams. */
    lengths: z.object({ stems: z.number(), bigrams: z.number(), grams: z.number() }),
    /** The language of most chunks, in which a question is read that shows none of its own; `und` has no stemmer. */
    language: z.enum(LANGUAGES),
  }),
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
  /** As it was given with the document; null when it is detected. */
  language: z.nullable(z.enum(LANGUAGES)),
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
