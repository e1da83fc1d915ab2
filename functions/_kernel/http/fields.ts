import * as z from 'zod/mini';
import { HITS_DEFAULT, HITS_MAX } from '../limits.ts';
import { numberBetween, wholeNumber } from '../schema.ts';

// The fields that more than one contract speaks of. Messages say what is wrong and what to do.

export const collectionName = z.string({ error: 'must be a string: the name of a collection' }).check(
  z.regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
    error: 'must be 1–63 characters of a–z, 0–9, _ and -, and begin with a letter or digit',
  }),
);

/** 1–10,000 characters after trimming; longer is the failure `query_too_long`, raised where the text is used. */
export const queryText = z
  .string({ error: 'must be a string: the question' })
  .check(z.trim(), z.minLength(1, { error: 'must not be empty; write a question' }));

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const metadataValue = z.union([scalar, z.array(scalar).check(z.maxLength(256))], {
  error: 'must be a string, a number, a boolean or a list of at most 256 of them',
});
const metadataKey = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1–64 characters of A–Z, a–z, 0–9, _ and -' }));
export const metadata = z
  .record(metadataKey, metadataValue, { error: 'must be an object of keys and values' })
  .check(z.refine((value) => Object.keys(value).length <= 64, { error: 'has more than 64 keys' }));

const bound = z.optional(z.number({ error: 'must be a number' }));
/** Any text: a key that no metadata can have is had by no document, as is one that none happens to have. */
const filterKey = z
  .string({ error: 'must be a string: a key of the metadata' })
  .check(z.minLength(1, { error: 'must not be empty' }), z.maxLength(256, { error: 'has more than 256 characters' }));
const condition = z.union(
  [
    z.strictObject({ key: filterKey, match: scalar }),
    z.strictObject({ key: filterKey, any: z.array(scalar).check(z.minLength(1), z.maxLength(256)) }),
    z.strictObject({ key: filterKey, range: z.strictObject({ gt: bound, gte: bound, lt: bound, lte: bound }) }),
  ],
  { error: 'must be {key, match}, {key, any: […]} or {key, range: {gt?, gte?, lt?, lte?}}' },
);
const conditions = z.optional(
  z.array(condition, { error: 'must be a list of conditions' }).check(z.maxLength(64, { error: 'has more than 64 conditions' })),
);

/** Conditions on metadata; a document matches when all of `must`, at least one of `should` (if any) and none of `mustNot` do. */
export const filter = z.strictObject({ must: conditions, should: conditions, mustNot: conditions });
export type Filter = z.infer<typeof filter>;
export type Condition = z.infer<typeof condition>;

export const searchMode = z.enum(['hybrid', 'dense', 'sparse'], { error: 'must be hybrid, dense or sparse' });
export type SearchMode = z.infer<typeof searchMode>;

/** Whether the writer's rewording of a question is searched beside it (`single`), or up to three further queries (`multi`). */
export const rewriting = z.enum(['off', 'single', 'multi'], { error: 'must be off, single or multi' });
export type Rewriting = z.infer<typeof rewriting>;

/** What search and query have in common. Rewriting and reranking cost one call to the writer each. */
export const searchFields = {
  collection: z._default(collectionName, 'default'),
  limit: z._default(wholeNumber(1, HITS_MAX), HITS_DEFAULT),
  mode: z._default(searchMode, 'hybrid'),
  filter: z.optional(filter),
  scoreThreshold: z.optional(numberBetween(0, 1)),
  diversity: z._default(numberBetween(0, 1), 0),
  maxPerDocument: z.optional(wholeNumber(1, HITS_MAX)),
  rewrite: z._default(rewriting, 'off'),
  rerank: z._default(z.boolean({ error: 'must be true or false' }), false),
};

/** What was searched in place of the question as it was given; absent when that was searched itself. */
export const searched = z.optional(z.array(z.string()));
/** Of each step its milliseconds; rewriting and reranking only where they took place. */
export const retrievalTimings = {
  embedMs: z.number(),
  searchMs: z.number(),
  rewriteMs: z.optional(z.number()),
  rerankMs: z.optional(z.number()),
};

export const span = z.object({ start: z.int(), end: z.int() });

/** `scores` of a list are null where it did not have the passage among its best 200, or was not asked. */
export const hit = z.object({
  chunkId: z.string(),
  documentId: z.string(),
  title: z.nullable(z.string()),
  url: z.nullable(z.string()),
  text: z.string(),
  span,
  scores: z.object({ dense: z.nullable(z.number()), sparse: z.nullable(z.number()), fused: numberBetween(0, 1) }),
  metadata,
});
export type Hit = z.infer<typeof hit>;

/** The closed list of what an answer can have had to do without. */
export const degraded = z.enum([
  'embedding_unavailable:sparse_only',
  'generation_unavailable:extractive',
  'redis_unavailable:local_breakers',
  'rewrite_failed:original_question',
  'rerank_failed:fused_order',
  'passages_dropped:context_budget',
  'prompt_truncated:by_model',
]);
export type Degraded = z.infer<typeof degraded>;
