import * as z from 'zod/mini';
import { degraded, hit, queryText, retrievalTimings, searched, searchFields, searchMode } from '../_kernel/http/fields.ts';

/** Body of `POST /search`. */
export const searchRequest = z.strictObject({ query: queryText, ...searchFields });
export type SearchRequest = z.infer<typeof searchRequest>;

/** A number in a query string; what it may be is checked with the body's contract afterwards. */
const number = z.optional(
  z.pipe(
    z.string().check(z.regex(/^-?\d{1,9}(\.\d{1,9})?$/, { error: 'must be a number in digits, such as 5 or 0.3' })),
    z.transform(Number),
  ),
);

/** Query string of `GET /search`: the same fields, `q` for `query`, without a filter. */
export const searchParameters = z.pipe(
  z.strictObject({
    q: queryText,
    collection: z.optional(z.string()),
    limit: number,
    mode: z.optional(z.string()),
    scoreThreshold: number,
    diversity: number,
    maxPerDocument: number,
    rewrite: z.optional(z.string()),
    rerank: z.optional(z.enum(['true', 'false'], { error: 'must be true or false' })),
  }),
  z.transform(({ q, rerank, ...rest }) => ({ query: q, ...rest, ...(rerank !== undefined && { rerank: rerank === 'true' }) })),
);

/** 200 of both. */
export const searchResponse = z.object({
  query: z.string(),
  collection: z.string(),
  mode: searchMode,
  searched,
  hits: z.array(hit),
  degraded: z.array(degraded),
  timings: z.object({ ...retrievalTimings, totalMs: z.number() }),
});
export type SearchResponse = z.infer<typeof searchResponse>;
