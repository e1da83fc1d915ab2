import * as z from 'zod';
import { HITS_DEFAULT, HITS_MAX, QUERY_MAX_CHARS } from '../limits.ts';

// The fields that more than one contract speaks of. Messages say what is wrong and what to do.

export const collectionName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
  error: 'must be 1–63 characters of a–z, 0–9, _ and -, and begin with a letter or digit',
});

/** 1–10,000 characters after trimming; longer is the failure `query_too_long`, raised where the text is used. */
export const queryText = z
  .string({ error: 'must be a string: the question' })
  .trim()
  .min(1, { error: 'must not be empty; write a question' });

export const metadataValue = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number(), z.boolean()])).max(256)],
  {
    error: 'must be a string, a number, a boolean or a list of them',
  },
);
export const metadataKey = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1–64 characters of A–Z, a–z, 0–9, _ and -' });
export const metadata = z
  .record(metadataKey, metadataValue)
  .refine((value) => Object.keys(value).length <= 64, { error: 'has more than 64 keys' });

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const bound = z.number({ error: 'must be a number' });
const condition = z.union(
  [
    z.strictObject({ key: metadataKey, match: scalar }),
    z.strictObject({ key: metadataKey, any: z.array(scalar).min(1).max(256) }),
    z.strictObject({
      key: metadataKey,
      range: z.strictObject({ gt: bound.optional(), gte: bound.optional(), lt: bound.optional(), lte: bound.optional() }),
    }),
  ],
  { error: 'must be {key, match}, {key, any: […]} or {key, range: {gt?, gte?, lt?, lte?}}' },
);

/** Conditions on metadata; a document matches when all of `must`, at least one of `should` (if any) and none of `mustNot` do. */
export const filter = z.strictObject({
  must: z.array(condition).max(64).optional(),
  should: z.array(condition).max(64).optional(),
  mustNot: z.array(condition).max(64).optional(),
});
export type Filter = z.infer<typeof filter>;
export type Condition = z.infer<typeof condition>;

export const searchMode = z.enum(['hybrid', 'dense', 'sparse'], { error: 'must be hybrid, dense or sparse' });
export type SearchMode = z.infer<typeof searchMode>;

const inRange = (low: number, high: number) => ({ error: `must be a number from ${low} to ${high}` });

/** What search and query have in common. */
export const searchFields = {
  collection: collectionName.default('default'),
  limit: z
    .number(inRange(1, HITS_MAX))
    .int(inRange(1, HITS_MAX))
    .min(1, inRange(1, HITS_MAX))
    .max(HITS_MAX, inRange(1, HITS_MAX))
    .default(HITS_DEFAULT),
  mode: searchMode.default('hybrid'),
  filter: filter.optional(),
  scoreThreshold: z.number(inRange(0, 1)).min(0, inRange(0, 1)).max(1, inRange(0, 1)).optional(),
  diversity: z.number(inRange(0, 1)).min(0, inRange(0, 1)).max(1, inRange(0, 1)).default(0),
  maxPerDocument: z
    .number(inRange(1, HITS_MAX))
    .int(inRange(1, HITS_MAX))
    .min(1, inRange(1, HITS_MAX))
    .max(HITS_MAX, inRange(1, HITS_MAX))
    .optional(),
};

export const span = z.object({ start: z.number().int(), end: z.number().int() });

export const hit = z.object({
  chunkId: z.string(),
  documentId: z.string(),
  title: z.string().nullable(),
  url: z.string().nullable(),
  text: z.string(),
  span,
  scores: z.object({ dense: z.number().nullable(), sparse: z.number().nullable(), fused: z.number().min(0).max(1) }),
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

export const QUERY_LIMIT = QUERY_MAX_CHARS;
